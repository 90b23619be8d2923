using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using System.Text.Json.Nodes;
using Xunit;
using static OciLayout.FindingProblem;
using static OciLayout.FindingSeverity;

namespace OciLayout.Tests.Maintenance;

/// <summary>A way to damage a layout, the finding that verification must report, and the expected effect of a repair.</summary>
internal sealed record Damage(Action<DamagedLayout> Do, FindingProblem Problem, FindingSeverity Severity, ExpectedRepair Repair)
{
    public static readonly Dictionary<string, Damage> All = new()
    {
        ["layer truncated"] = new(d => d.Write(d.Layer, "la"), SizeMismatch, Error, ExpectedRepair.FromSource),
        ["layer with one bit flipped"] = new(d => d.Flip(d.Layer), DigestMismatch, Error, ExpectedRepair.FromSource),
        ["layer that grew"] = new(d => d.Write(d.Layer, File.ReadAllText(d.FileOf(d.Layer)) + "more"), SizeMismatch, Error, ExpectedRepair.FromSource),
        ["layer emptied"] = new(d => d.Write(d.Layer, ""), SizeMismatch, Error, ExpectedRepair.FromSource),
        ["two blobs swapped"] = new(Swap, DigestMismatch, Error, ExpectedRepair.FromSource),
        ["layer deleted"] = new(d => d.Delete(d.Layer), Missing, Error, ExpectedRepair.FromSource),
        ["shared layer deleted"] = new(d => d.Delete(d.Shared), Missing, Error, ExpectedRepair.FromSource),
        ["config deleted"] = new(d => d.Delete(d.Config), Missing, Error, ExpectedRepair.FromSource),
        ["tagged manifest deleted"] = new(d => d.Delete(d.V1), Missing, Error, ExpectedRepair.FromSource),
        ["manifest emptied"] = new(d => d.Write(d.V1, ""), DigestMismatch, Error, ExpectedRepair.FromSource),
        ["manifest with one bit flipped"] = new(d => d.Flip(d.V1), DigestMismatch, Error, ExpectedRepair.FromSource),
        ["manifest replaced by an array"] = new(d => d.Write(d.V1, "[]"), DigestMismatch, Error, ExpectedRepair.FromSource),
        ["index of platforms deleted"] = new(d => d.Delete(d.App), Missing, Error, ExpectedRepair.FromSource),
        ["child of an index deleted, as in a sparse copy"] = new(d => { d.Delete(d.Child); Unlist(d, d.Child); }, Missing, Warning, ExpectedRepair.FromSource),
        ["untagged manifest deleted"] = new(d => d.Delete(d.Sbom), Missing, Warning, ExpectedRepair.FromSource),
        ["subject deleted"] = new(d => { d.Delete(d.V1); Unlist(d, d.V1); }, DanglingSubject, Notice, ExpectedRepair.Nothing),
        ["foreign layer not stored"] = new(Foreign, Missing, Notice, ExpectedRepair.Nothing),
        ["blob that is a directory"] = new(d => { d.Delete(d.Layer); Directory.CreateDirectory(d.FileOf(d.Layer)); }, Missing, Error, ExpectedRepair.FromSource),
        ["blob that is a link to the right bytes"] = new(d => Link(d, right: true), FindingProblem.Link, Warning, ExpectedRepair.Nothing),
        ["blob that is a link to nowhere"] = new(d => { d.Delete(d.Layer); File.CreateSymbolicLink(d.FileOf(d.Layer), "/nowhere-4711"); }, Missing, Error, ExpectedRepair.FromSource),
        ["blob that is a link to other bytes"] = new(d => Link(d, right: false), DigestMismatch, Error, ExpectedRepair.FromSource),
        ["blob that all may write"] = new(d => SetMode(d, 0b110_110_110), Permission, Warning, ExpectedRepair.Alone),
        ["blob without read permission"] = new(d => SetMode(d, 0), Permission, Warning, ExpectedRepair.Alone),
        ["oci-layout deleted"] = new(d => File.Delete(d["oci-layout"]), LayoutMissing, Error, ExpectedRepair.Alone),
        ["oci-layout emptied"] = new(d => File.WriteAllText(d["oci-layout"], ""), LayoutInvalid, Error, ExpectedRepair.Alone),
        ["oci-layout that is not JSON"] = new(d => File.WriteAllText(d["oci-layout"], "imageLayoutVersion=1"), LayoutInvalid, Error, ExpectedRepair.Alone),
        ["oci-layout of another version"] = new(d => File.WriteAllText(d["oci-layout"], "{\"imageLayoutVersion\":\"2.0.0\"}"), UnsupportedVersion, Error, ExpectedRepair.Nothing),
        ["index deleted"] = new(d => File.Delete(d.Layout.IndexPath), IndexMissing, Error, ExpectedRepair.Alone),
        ["index emptied"] = new(d => File.WriteAllText(d.Layout.IndexPath, ""), IndexInvalid, Error, ExpectedRepair.Alone),
        ["index cut"] = new(Cut, IndexInvalid, Error, ExpectedRepair.Alone),
        ["index of zeros"] = new(d => File.WriteAllBytes(d.Layout.IndexPath, new byte[4096]), IndexInvalid, Error, ExpectedRepair.Alone),
        ["index that is a directory"] = new(d => { File.Delete(d.Layout.IndexPath); Directory.CreateDirectory(d.Layout.IndexPath); }, IndexInvalid, Error, ExpectedRepair.Alone),
        ["index without schemaVersion"] = new(d => d.Index(i => i.Remove("schemaVersion")), IndexSchema, Warning, ExpectedRepair.Alone),
        ["index of another type"] = new(d => d.Index(i => i["mediaType"] = MediaTypes.ImageManifest), IndexSchema, Warning, ExpectedRepair.Alone),
        ["index with a member twice"] = new(d => Replace(d, "{\"schemaVersion\":2", "{\"schemaVersion\":2,\"schemaVersion\":2"), IndexSchema, Warning, ExpectedRepair.Alone),
        ["entry twice with one tag"] = new(Twice, DuplicateTag, Warning, ExpectedRepair.Alone),
        ["entry with a wrong size"] = new(d => d.Entry(d.V1, e => e["size"] = 7), SizeMismatch, Error, ExpectedRepair.Alone),
        ["entry with a negative size"] = new(d => d.Entry(d.Sbom, e => e["size"] = -7), InvalidDescriptor, Warning, ExpectedRepair.Alone),
        ["entry without a digest"] = new(d => d.Index(i => i["manifests"]!.AsArray().Add(new JsonObject { ["mediaType"] = "a/b", ["size"] = 1 })), InvalidDescriptor, Warning, ExpectedRepair.Alone),
        ["entry with a digest that is none"] = new(d => d.Entry(d.Sbom, e => e["digest"] = "sha256:xyz"), InvalidDescriptor, Warning, ExpectedRepair.Alone),
        ["entry without a media type"] = new(d => d.Entry(d.Sbom, e => e.Remove("mediaType")), InvalidDescriptor, Warning, ExpectedRepair.Nothing),
        ["entry of another manifest type"] = new(d => d.Entry(d.V1, e => e["mediaType"] = MediaTypes.ImageIndex), MediaTypeMismatch, Error, ExpectedRepair.Nothing),
        ["entry with a tag that is none"] = new(d => d.Entry(d.V1, e => e["annotations"]![AnnotationKeys.RefName] = "a b"), InvalidTag, Warning, ExpectedRepair.Nothing),
        ["entry with an unknown algorithm"] = new(d => d.Layout.AddEntries(new JsonObject { ["mediaType"] = "a/b", ["size"] = 1, ["digest"] = "blake3:" + new string('a', 64) }), Unverifiable, Notice, ExpectedRepair.Nothing),
        ["embedded data of something else"] = new(d => d.Entry(d.V1, e => e["data"] = Convert.ToBase64String("else"u8)), DataMismatch, Error, ExpectedRepair.Nothing),
        ["manifest that contains a lie about a size"] = new(d => Lie(d), SizeMismatch, Error, ExpectedRepair.Nothing),
        ["content that is not a manifest"] = new(d => d.Layout.AddEntries(TestLayout.Entry(d.Layout.WriteBlob("{\"layers\":7}"u8.ToArray(), MediaTypes.ImageManifest), "bad")), InvalidManifest, Error, ExpectedRepair.Nothing),
        ["manifest of 5 MiB"] = new(d => d.Layout.AddEntries(TestLayout.Entry(d.Layout.WriteBlob(new byte[5 << 20], MediaTypes.ImageManifest), "big")), TooLarge, Error, ExpectedRepair.Nothing),
        ["index that seems to contain itself"] = new(Cycle, DigestMismatch, Error, ExpectedRepair.Nothing),
        ["content that nothing names"] = new(d => d.Layout.WriteBlob("orphan"u8.ToArray()), Unreferenced, Notice, ExpectedRepair.Nothing),
        ["corrupt content that nothing names"] = new(d => d.Layout.WriteFile(Digest.Compute("orphan"u8), "Orphan"u8.ToArray()), DigestMismatch, Warning, ExpectedRepair.Alone),
        ["upload of a process that died"] = new(d => File.WriteAllText(Path.Combine(d.Layout.IngestPath, new string('a', 32) + ".1.upload"), "half"), StaleUpload, Notice, ExpectedRepair.Alone),
        ["old upload of another tool"] = new(OldUpload, StaleUpload, Notice, ExpectedRepair.Alone),
        ["file beside the layout"] = new(d => File.WriteAllText(d["notes.txt"], "mine"), UnknownFile, Notice, ExpectedRepair.Nothing),
        ["file among the blobs"] = new(d => File.WriteAllText(d["blobs/sha256/readme"], "mine"), UnknownFile, Notice, ExpectedRepair.Nothing),
        ["directory of another algorithm"] = new(d => Directory.CreateDirectory(d["blobs/md5"]), UnknownFile, Notice, ExpectedRepair.Nothing),
    };

    private static void SetMode(DamagedLayout d, int mode)
    {
        Framework.NeedsModernCore("Permissions are seen by the modern build only.");
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has other permissions.");
#pragma warning disable CA1416 // the test is skipped on Windows
        File.SetUnixFileMode(d.FileOf(d.Layer), (UnixFileMode)mode);
#pragma warning restore CA1416
    }

    private static void Swap(DamagedLayout d)
    {
        var (a, b) = (File.ReadAllBytes(d.FileOf(d.Layer)), File.ReadAllBytes(d.FileOf(d.Shared)));
        d.Write(d.Layer, b);
        d.Write(d.Shared, a);
    }

    private static void Link(DamagedLayout d, bool right)
    {
        var elsewhere = d["../elsewhere"];
        File.WriteAllBytes(elsewhere, right ? File.ReadAllBytes(d.FileOf(d.Layer)) : "layer of ane"u8.ToArray());
        d.Delete(d.Layer);
        File.CreateSymbolicLink(d.FileOf(d.Layer), elsewhere);
    }

    private static void Unlist(DamagedLayout d, Descriptor what) => d.Index(index =>
    {
        var entries = index["manifests"]!.AsArray();
        foreach (var entry in entries.Where(e => e!["digest"]!.GetValue<string>() == what.Digest.ToString()).ToList()) entries.Remove(entry);
    });

    private static void Foreign(DamagedLayout d)
    {
        var foreign = TestDocument.Foreign(TestDocument.Describe("far away"u8.ToArray(), "application/vnd.oci.image.layer.nondistributable.v1.tar"));
        d.Layout.AddEntries(TestLayout.Entry(d.Layout.WriteBlob(TestDocument.Image(d.Config, [d.Shared, foreign]), MediaTypes.ImageManifest), "windows"));
    }

    // Truncates the index inside its last entry, so that all other entries are still readable.
    private static void Cut(DamagedLayout d)
    {
        var text = File.ReadAllText(d.Layout.IndexPath);
        File.WriteAllText(d.Layout.IndexPath, text[..(text.LastIndexOf("},{", StringComparison.Ordinal) + 10)]);
    }

    private static void Replace(DamagedLayout d, string old, string with) =>
        File.WriteAllText(d.Layout.IndexPath, File.ReadAllText(d.Layout.IndexPath).Replace(old, with, StringComparison.Ordinal));

    private static void Twice(DamagedLayout d) => d.Layout.AddEntries(TestLayout.Entry(d.V2, "v1"));

    private static void Lie(DamagedLayout d)
    {
        var longer = new Descriptor(d.Layer.MediaType, d.Layer.Digest, d.Layer.Size + 1);
        d.Layout.AddEntries(TestLayout.Entry(d.Layout.WriteBlob(TestDocument.Image(d.Config, [longer]), MediaTypes.ImageManifest), "liar"));
    }

    private static void Cycle(DamagedLayout d)
    {
        var itself = new Descriptor(MediaTypes.ImageIndex, Digest.Compute(Encoding.UTF8.GetBytes("forged")), 300);
        d.Layout.WriteFile(itself.Digest, TestDocument.Index([itself, itself]));
        d.Layout.AddEntries(TestLayout.Entry(itself, "loop"));
    }

    private static void OldUpload(DamagedLayout d)
    {
        var path = Path.Combine(d.Layout.IngestPath, "upload-4711");
        File.WriteAllText(path, "half");
        File.SetLastWriteTimeUtc(path, DateTime.UtcNow.AddDays(-2));
    }
}

using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;

namespace OciLayout.Safety.Hostile;

/// <summary>Makes random changes of valid inputs, in their bytes or, where they are JSON, in their structure.</summary>
internal sealed class Mutator(Random chance, IReadOnlyList<byte[]> seeds)
{
    private const int Longest = 64 * 1024;

    private static readonly byte[][] Tokens =
    [
        [0xEF, 0xBB, 0xBF], [0xFF, 0xFE], [0], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0x80], [0xE2, 0x80, 0xA8],
        [0x7F], [0x1B],
        .. new[]
        {
            "{", "}", "[", "]", ",", ":", "\"", "\\", "\\u0000", "\\ud800", "\\udc00\\ud800", "\\u0022", "//", "/*", "null", "true",
            "-1", "1e999", "0x10",
            "9223372036854775807", "9223372036854775808", "-9223372036854775808", "1.0", "1E2", "../", "/", "..", "sha256:", "sha512:",
            "blake3:", "+", "-", "\n", "\r\n",
            " ", "latest", "NaN", "\uFEFF", "\u0130", "\u212A", "@", "--",
        }.Select(Encoding.UTF8.GetBytes),
    ];

    private static readonly string[] Scalars =
    [
        "null", "true", "false", "0", "-0", "-1", "1", "2.0", "1e3", "1e400", "-1e400", "9223372036854775807", "9223372036854775808",
        "18446744073709551616",
        "123456789012345678901234567890", "\"\"", "\" \"", "\"\\u0000\"", "\"\\ud800\"", "\"\\udc00x\"", "\"a\\nb\"", "\"latest\"",
        "\"sha256:\"", "\"sha256:zz\"",
        "\"sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\"",
        "\"SHA256:E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855\"",
        "\"sha256:../../../../../../../../../../../../../../../../../../../etc/passwd\"", "\"blake3:abc\"", "\"a+b:c=_-\"",
        "\"sha256-e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\"", "{}", "[]", "[null]", "{\"\":0}",
        "[[[[[[[[]]]]]]]]",
        "\"application/vnd.oci.image.manifest.v1+json\"", "\"application/vnd.oci.image.index.v1+json\"",
        "\"application/vnd.oci.artifact.manifest.v1+json\"",
        "\"application/vnd.docker.distribution.manifest.v2+json\"", "\"application/vnd.docker.distribution.manifest.list.v2+json\"",
    ];

    private static readonly string[] Names =
    [
        "schemaVersion", "mediaType", "manifests", "layers", "config", "blobs", "subject", "annotations", "artifactType", "digest",
        "size", "urls", "platform", "os",
        "architecture", "variant", "os.version", "os.features", "data", "org.opencontainers.image.ref.name",
        "io.containerd.image.name", "imageLayoutVersion",
        "manif\\u0065sts", "dig\\u0065st", "mediatype", "Digest", "", "\\ud800", "\\u0000",
    ];

    /// <summary>Returns the next input.</summary>
    public byte[] Next()
    {
        byte[] seed = seeds[chance.Next(seeds.Count)];
        byte[] result = chance.Next(3) > 0 && JsonTree.Parse(seed) is { } tree ? OfTree(tree) : seed;
        if (ReferenceEquals(result, seed) || chance.Next(4) == 0)
        {
            for (int n = 1 + chance.Next(4); n > 0; n--) result = OfBytes(result);
        }

        return result.Length > Longest ? result[..Longest] : result;
    }

    private byte[] OfTree(JsonTree tree)
    {
        for (int n = 1 + chance.Next(5); n > 0; n--) Change(tree);
        return tree.ToBytes(chance.Next(2) == 0 ? chance : null);
    }

    private void Change(JsonTree tree)
    {
        var nodes = new List<JsonTree>();
        tree.Collect(nodes);
        JsonTree node = nodes[chance.Next(nodes.Count)];
        JsonTree other = nodes[chance.Next(nodes.Count)];
        int at = node.Members.Count == 0 ? -1 : chance.Next(node.Members.Count);
        switch (chance.Next(12))
        {
            case 0: // another value
                node.Become(Scalar());
                break;
            case 1 when at >= 0: // removed
                node.Members.RemoveAt(at);
                break;
            case 2 when at >= 0: // duplicated
                (byte[] Name, JsonTree Value) member = node.Members[at];
                node.Members.Insert(chance.Next(node.Members.Count + 1), (member.Name, member.Value.Copy()));
                break;
            case 3 when at >= 0: // duplicated with another value
                node.Members.Insert(chance.Next(node.Members.Count + 1), (node.Members[at].Name, Scalar()));
                break;
            case 4 when at >= 0: // renamed
                node.Members[at] = (Name(), node.Members[at].Value);
                break;
            case 5 when node.Open != '\0': // one member more
                node.Members.Insert(chance.Next(node.Members.Count + 1), (Name(), Scalar()));
                break;
            case 6 when nodes.Count < 2000: // replaced by another part of the document
                node.Become(other.Copy());
                break;
            case 7: // nested deeply
                for (int n = chance.Next(chance.Next(8) == 0 ? 150 : 4); n > 0; n--) node.Wrap(chance.Next(2) == 0 ? '{' : '[');
                break;
            case 8 when at >= 0 && node.Members.Count * nodes.Count < 4000: // repeated many times
                for (int n = chance.Next(40); n > 0; n--) node.Members.Add(node.Members[at]);
                break;
            case 9 when at >= 0: // reordered
                (node.Members[0], node.Members[at]) = (node.Members[at], node.Members[0]);
                break;
            case 10 when node.Open == '\0': // a scalar with changed bytes
                node.Become(JsonTree.Scalar(OfBytes(node.Text)));
                break;
            case 11 when node.Open == '\0': // a long scalar
                string text = new((char)chance.Next('a', 'g'), chance.Next(1, 3000));
                node.Become(JsonTree.Scalar(Encoding.UTF8.GetBytes('"' + text + '"')));
                break;
            default:
                node.Become(Scalar());
                break;
        }
    }

    private byte[] OfBytes(byte[] input)
    {
        int at = chance.Next(input.Length + 1);
        int to = Math.Min(input.Length, at + 1 + chance.Next(8));
        switch (chance.Next(8))
        {
            case 0 when at < input.Length:
                byte[] flipped = [.. input];
                flipped[at] ^= (byte)(1 << chance.Next(8));
                return flipped;
            case 1 when at < input.Length:
                byte[] changed = [.. input];
                changed[at] = (byte)chance.Next(256);
                return changed;
            case 2:
                return [.. input[..at], .. input[to..]];
            case 3:
                return input[..at]; // truncated
            case 4:
                return [.. input[..at], .. input[(to - Math.Min(to, 40))..to], .. input[at..]]; // a part repeated
            case 5:
                byte[] other = seeds[chance.Next(seeds.Count)];
                return [.. input[..at], .. other[chance.Next(other.Length + 1)..]]; // two inputs joined
            case 6:
                byte one = chance.Next(2) == 0 ? (byte)'[' : (byte)'a';
                return [.. input[..at], .. Enumerable.Repeat(one, chance.Next(12_000)), .. input[at..]];
            default:
                return [.. input[..at], .. Tokens[chance.Next(Tokens.Length)], .. input[(chance.Next(2) == 0 ? at : to)..]];
        }
    }

    private JsonTree Scalar() => JsonTree.Scalar(Encoding.UTF8.GetBytes(Pick(Scalars)));

    private byte[] Name() => Encoding.UTF8.GetBytes('"' + Pick(Names) + '"');

    private string Pick(string[] from) => from[chance.Next(from.Length)];
}

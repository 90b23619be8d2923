using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Management.Automation;
using System.Management.Automation.Language;
using System.Xml.Linq;
using OciLayout.Testing;
using Xunit;

namespace OciLayout.ModuleTests;

/// <summary>Tests conventions that hold for any PowerShell module, on the staged module.</summary>
public class ConventionTests
{
    private const string Prefix = "OciLayout.PowerShell.";

    private static readonly string[] EmittedTypes = ["OciStoreInfo", "OciTag", "OciDescriptor", "OciManifest", "OciGCResult", "OciRemovedItem", "OciFinding",
        "OciUsage", "OciDifference", "OciDifferenceTotal", "OciRepositoryInfo", "OciRegistryInfo", "OciImageInfo", "OciImageDifference", "OciImageFile", "OciSyncResult"];

    private static readonly string UmociArchive = Path.Combine(Repository.Root, "tests", "data", "umoci.tar");

    /// <summary>Lines for each cmdlet that together emit every declared output type.</summary>
    private static readonly Dictionary<string, string[]> Lines = new()
    {
        ["Test-OciStore"] = ["Test-OciStore ./layout", "Test-OciStore ./layout -Detailed"],
        ["Repair-OciStore"] = ["[IO.File]::Delete(\"$PWD/layout/index.json\"); Repair-OciStore ./layout -Confirm:$false"],
        ["New-OciStore"] = ["New-OciStore ./new"],
        ["Get-OciStore"] = ["Get-OciStore ./layout", "Get-OciStore oci://localhost/team/app"],
        ["Push-OciBlob"] = ["'x' | Push-OciBlob ./layout"],
        ["Push-OciManifest"] = ["(Get-OciManifest ./layout v1).Json + ' ' | Push-OciManifest ./layout"],
        ["Copy-OciContent"] = ["Copy-OciContent ./layout v1 ./mirror -PassThru"],
        ["New-OciArtifact"] = ["New-OciArtifact ./layout -ArtifactType application/x-a"],
        ["Expand-OciArtifact"] = ["[IO.File]::WriteAllText(\"$PWD/f.txt\", 'f'); $a = New-OciArtifact ./layout ./f.txt -ArtifactType application/x-a; $a | Expand-OciArtifact -Destination ./out -PassThru"],
        ["New-OciImage"] = ["New-OciImage ./layout -Platform linux/amd64"],
        ["Edit-OciImage"] = ["$null = New-OciImage ./layout -Platform linux/amd64 -Tag image; Edit-OciImage ./layout image -Label @{ a = 'b' }"],
        ["Compare-OciImage"] = [$"Compare-OciImage '{UmociArchive}' app app-2"],
        ["Edit-OciIndex"] = ["$null = New-OciIndex ./layout v1 -Platform linux/amd64 -Tag all; Edit-OciIndex ./layout all -Annotation @{ a = 'b' }"],
        ["New-OciIndex"] = ["New-OciIndex ./layout v1 -Platform linux/amd64"],
        ["Get-OciBlob"] =
        [
            "Get-OciBlob ./layout v1",
            "Get-OciBlob ./layout v1 -AsString",
            "Get-OciBlob ./layout v1 -OutFile ./f",
            "$stream = Get-OciBlob ./layout v1 -AsStream; $stream; $stream.Dispose()",
        ],
        ["Get-OciManifest"] = ["Get-OciManifest ./layout v1"],
        ["Get-OciImage"] = [$"Get-OciImage '{UmociArchive}' app"],
        ["Get-OciImageFile"] = [$"Get-OciImageFile '{UmociArchive}' app", $"Get-OciImageFile '{UmociArchive}' app-2 /hello.txt -AsString", $"Get-OciImageFile '{UmociArchive}' app-2 /hello.txt -OutFile ./f"],
        ["Expand-OciImage"] = [$"Expand-OciImage '{UmociArchive}' app-2 ./rootfs -PassThru"],
        ["Get-OciDescriptor"] = ["Get-OciDescriptor ./layout", "Get-OciDescriptor ./layout v1 -Recurse", "Get-OciDescriptor ./layout v1"],
        ["Get-OciTag"] = ["Get-OciTag ./layout", "Get-OciTag ./layout -NameOnly"],
        ["Set-OciTag"] = ["Set-OciTag ./layout v3 -Reference v1 -PassThru"],
        ["Rename-OciTag"] = ["Rename-OciTag ./layout v2 v3 -PassThru"],
        ["Remove-OciTag"] = ["Remove-OciTag ./layout v2 -PassThru"],
        ["Test-OciContent"] = ["Get-OciTag ./layout v1 | Test-OciContent"],
        ["Remove-OciContent"] = ["Remove-OciContent ./layout v1 -Force -PassThru"],
        ["Get-OciPredecessor"] = ["Get-OciPredecessor ./layout v1"],
        ["Get-OciReferrer"] = ["Get-OciReferrer ./layout v1"],
        ["Invoke-OciGC"] = ["Invoke-OciGC ./layout -PlanOnly", "Invoke-OciGC ./layout -PassThru", "Invoke-OciGC ./layout"],
        ["Export-OciStore"] = ["Export-OciStore ./layout ./layout.tar"],
        ["Import-OciStore"] = ["$null = Export-OciStore ./layout ./l.tar; Import-OciStore ./l.tar ./again -PassThru"],
        ["Measure-OciStore"] = ["Measure-OciStore ./layout", "Measure-OciStore ./layout -Total"],
        ["Compare-OciStore"] = ["New-OciStore ./other | Compare-OciStore ./layout", "Compare-OciStore ./layout ./other -Total"],
        ["Save-OciIndex"] = ["Save-OciIndex ./layout -PassThru"],
        ["Sync-OciRepository"] = ["Sync-OciRepository ./layout ./mirror -PassThru"],
    };

    // These need a registry, and are tested in RegistryTests.
    private static readonly string[] OfRegistries = ["Connect-OciRegistry", "Disconnect-OciRegistry"];

    public static IEnumerable<TheoryDataRow<string>> Cmdlets => Lines.Keys.Select(n => new TheoryDataRow<string>(n));

    [Fact]
    public void Verbs_are_approved_and_nouns_are_singular_with_our_prefix()
    {
        using var session = new ModuleSession();
        var approved = typeof(VerbsCommon).Assembly.GetExportedTypes()
            .Where(t => t.Namespace == typeof(VerbsCommon).Namespace && t.Name.StartsWith("Verbs", StringComparison.Ordinal))
            .SelectMany(t => t.GetFields()).Where(f => f.IsLiteral).Select(f => (string)f.GetRawConstantValue()!).ToHashSet();
        Assert.All(session.RunCleanly("(Get-Command -Module OciLayout).Name"), name =>
        {
            string[] parts = name.ToString().Split('-');
            Assert.Contains(parts[0], approved);
            Assert.StartsWith("Oci", parts[1], StringComparison.Ordinal);
            Assert.DoesNotMatch("(s|[^GC][A-Z])$", parts[1]);
        });
    }

    [Fact]
    public void Every_cmdlet_has_a_test_line()
    {
        using var session = new ModuleSession();
        var cmdlets = session.RunCleanly("(Get-Command -Module OciLayout).Name").Select(n => n.ToString());
        Assert.Equal(cmdlets.Order(StringComparer.Ordinal), Lines.Keys.Concat(OfRegistries).Order(StringComparer.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Cmdlets))]
    public void Declared_output_types_are_emitted(string name)
    {
        using var session = SampleLayout.Open();
        var declared = session.RunCleanly("(Get-Command $args[0]).OutputType.Type", name).Select(t => (Type)t.BaseObject).ToList();

        var emitted = Lines[name].SelectMany(line => session.RunCleanly(line)).Select(o => o.BaseObject.GetType()).Distinct().ToList();

        Assert.NotEmpty(declared);
        Assert.All(emitted, e => Assert.Contains(declared, d => d.IsAssignableFrom(e)));
        Assert.All(declared, d => Assert.Contains(emitted, d.IsAssignableFrom));
    }

    [Fact]
    public void No_cmdlet_prompts_by_default()
    {
        using var session = new ModuleSession();
        var impacts = session.RunCleanly("""
            foreach ($c in Get-Command -Module OciLayout) {
                $attribute = [Attribute]::GetCustomAttribute($c.ImplementingType, [Management.Automation.CmdletAttribute])
                if ($attribute.SupportsShouldProcess -and $c.Name -notin 'Repair-OciStore', 'Sync-OciRepository') { "$($attribute.ConfirmImpact)" }
            }
            """);
        Assert.NotEmpty(impacts);
        Assert.All(impacts, i => Assert.Equal("Medium", i.ToString()));
    }

    // The engine converts any object to text. A parameter of pipeline input therefore needs a transformation that checks the object first.
    // The parameters without one are exactly these. They accept the text of any object, for example of a digest or a tag.
    [Fact]
    public void No_parameter_is_changed_by_conversion_to_text()
    {
        using var session = new ModuleSession();
        var plain = session.RunCleanly("""
            foreach ($c in Get-Command -Module OciLayout) { foreach ($p in $c.Parameters.Values) {
                $looks = @($p.Attributes | Where-Object { $_ -is [Management.Automation.ArgumentTransformationAttribute] }).Count
                $piped = @($p.ParameterSets.Values | Where-Object { $_.ValueFromPipeline -or $_.ValueFromPipelineByPropertyName }).Count
                $isText = $p.ParameterType -in [string], [string[]] -and $p.Name -notin [Management.Automation.Cmdlet]::CommonParameters
                if (-not $looks -and ($isText -or $piped)) { "$($c.Name) $($p.Name)$(if ($piped) { ' piped' })" }
            } }
            """);
        Assert.Equal(
            [
                "Connect-OciRegistry Registry",
                "Disconnect-OciRegistry Registry",
                "Edit-OciImage Author",
                "Edit-OciImage Command",
                "Edit-OciImage Entrypoint",
                "Edit-OciImage ExposedPort",
                "Edit-OciImage Mode",
                "Edit-OciImage Owner",
                "Edit-OciImage RemoveLayer",
                "Edit-OciImage Target",
                "Edit-OciImage User",
                "Edit-OciImage WorkingDirectory",
                "Export-OciStore RepositoryName",
                "Get-OciImageFile Layer",
                "Get-OciImageFile Path",
                "Get-OciReferrer ArtifactType",
                "Get-OciTag After",
                "New-OciArtifact ArtifactType",
                "New-OciArtifact MediaType",
                "New-OciImage Author",
                "New-OciImage Command",
                "New-OciImage Entrypoint",
                "New-OciImage ExposedPort",
                "New-OciImage Mode",
                "New-OciImage Owner",
                "New-OciImage Target",
                "New-OciImage User",
                "New-OciImage WorkingDirectory",
                "Push-OciBlob Digest",
                "Push-OciBlob MediaType",
                "Push-OciManifest MediaType",
            ],
            plain.Select(p => p.ToString()).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Aliases_are_the_same_in_code_and_manifest()
    {
        using var session = new ModuleSession();
        var inCode = session.RunCleanly("""
            foreach ($c in Get-Command -Module OciLayout) {
                $alias = [Attribute]::GetCustomAttribute($c.ImplementingType, [Management.Automation.AliasAttribute])
                if ($alias) { $alias.AliasNames }
            }
            """);
        var inManifest = session.RunCleanly("@((Test-ModuleManifest $args[0]).ExportedAliases.Keys)", ModuleSession.Manifest);
        Assert.Equal(inCode.Select(a => a.ToString()).Order(), inManifest.Select(a => a.ToString()).Order());
        Assert.Equal(inManifest.Count, session.RunCleanly("(Get-Module OciLayout).ExportedAliases.Keys").Count);
    }

    [Theory]
    [InlineData("OciLayout.Format.ps1xml")]
    [InlineData("OciLayout.Types.ps1xml")]
    public void Views_name_real_types_and_properties(string file)
    {
        using var session = new ModuleSession();
        var document = XDocument.Load(Path.Combine(Repository.StagedModule, file));
        var views = document.Descendants("View").Concat(document.Root!.Elements("Type")).ToList();
        Assert.NotEmpty(views);
        Assert.All(views, view =>
        {
            var names = view.Name == "Type" ? view.Elements("Name") : view.Descendants("TypeName");
            var types = names.Select(n => n.Value.Split('#')[0]).ToList(); // the suffix selects one output of the type
            Assert.NotEmpty(types);
            Assert.All(types, type =>
            {
                var properties = session.RunCleanly("($args[0] -as [type]).GetProperties().Name", type).Select(p => p.ToString()).ToList();
                Assert.True(properties.Count > 1, type);
                Assert.All(PropertiesIn(view), property => Assert.Contains(property, properties));
            });
        });
    }

    [Fact]
    public void Every_emitted_type_has_a_view_and_default_properties()
    {
        string format = File.ReadAllText(Path.Combine(Repository.StagedModule, "OciLayout.Format.ps1xml"));
        string types = File.ReadAllText(Path.Combine(Repository.StagedModule, "OciLayout.Types.ps1xml"));
        Assert.All(EmittedTypes, t => Assert.Contains($"<TypeName>{Prefix}{t}</TypeName>", format));
        Assert.All(EmittedTypes, t => Assert.Contains($"<Name>{Prefix}{t}</Name>", types));
        using var session = new ModuleSession();
        var declared = session.RunCleanly("(Get-Command -Module OciLayout).OutputType.Name").Select(t => t.ToString()).Distinct();
        var ours = declared.Where(t => t.StartsWith(Prefix, StringComparison.Ordinal));
        Assert.Equal(EmittedTypes.Select(t => Prefix + t).Order(), ours.Order());
    }

    private static IEnumerable<string> PropertiesIn(XElement view) =>
        view.Descendants("PropertyName").Select(p => p.Value)
            .Concat(view.Descendants("ReferencedProperties").Elements("Name").Select(n => n.Value))
            .Concat(view.Descendants("ScriptBlock").SelectMany(s => MembersOfItem(s.Value)))
            .Distinct();

    // Returns the members of $_ in a script, except inside nested script blocks, where $_ is another object.
    private static IEnumerable<string> MembersOfItem(string script) =>
        Parser.ParseInput(script, out _, out _)
            .FindAll(a => a is MemberExpressionAst and not InvokeMemberExpressionAst, searchNestedScriptBlocks: false)
            .Cast<MemberExpressionAst>()
            .Where(m => m.Expression is VariableExpressionAst { VariablePath.UserPath: "_" })
            .Select(m => m.Member).OfType<StringConstantExpressionAst>().Select(name => name.Value);
}

using System.IO;
using System.Linq;
using System.Management.Automation.Language;
using System.Text.RegularExpressions;

namespace OciLayout.Shell;

/// <summary>What the command line asks for, as a script that ends with <c>exit</c> unless all went well.</summary>
/// <param name="Script">What to run.</param>
internal sealed partial record ShellCommand(string Script)
{
    public const string Usage = """
        Usage: OciLayout.Shell [-File] <script.ps1> [arguments]
               OciLayout.Shell -Command <script>

        Runs a PowerShell script, or a piece of one, with the module OciLayout imported.
        """;

    /// <summary>Reads a command line as <c>pwsh</c> does, as far as this shell goes.</summary>
    /// <returns>Null where it asks for nothing that this shell can do.</returns>
    public static ShellCommand? Parse(string[] args)
    {
        if (args.Length == 0)
            return null;

        string[] rest = args[1..];
        return args[0].ToUpperInvariant() switch
        {
            "-C" or "-COMMAND" => rest.Length == 0 ? null : OfText(string.Join(' ', rest)),
            "-F" or "-FILE" => rest.Length == 0 ? null : OfFile(rest),
            ['-', ..] => null,
            _ => OfFile(args),
        };
    }

    /// <summary>A piece of script. As with <c>pwsh -Command</c>, it failed if its last statement did.</summary>
    public static ShellCommand OfText(string text)
    {
        // Where nothing can follow, as after a named block or broken syntax, the engine has to say so about the text as it was typed.
        ScriptBlockAst ast = Parser.ParseInput(text, out _, out ParseError[] errors);
        return new(errors.Length == 0 && ast.EndBlock is { Unnamed: true } ? text + "\nif (-not $?) { $Host.SetShouldExit(1) }" : text);
    }

    /// <summary>A script file and its arguments.</summary>
    private static ShellCommand OfFile(string[] args)
    {
        // The engine ends the file at `exit N`, and tells nobody else of it than $? and $LASTEXITCODE.
        string call = string.Join(' ', args[1..].Select(Quote).Prepend($"& '{CodeGeneration.EscapeSingleQuotedStringContent(Path.GetFullPath(args[0]))}'"));
        return new(call + "\nif (-not $?) { $Host.SetShouldExit($(if ($LASTEXITCODE) { $LASTEXITCODE } else { 1 })) }");
    }

    /// <summary>
    /// <c>-Name</c>, <c>-Name:value</c> and <c>-Switch:$false</c> name parameters, <c>--</c> ends them; all else is a value, and nothing
    /// in it is evaluated.
    /// </summary>
    private static string Quote(string argument)
    {
        Match match = Parameter().Match(argument);
        if (argument == "--" || (match.Success && match.Groups["value"].Length == 0))
            return argument;

        string value = match.Success ? match.Groups["value"].Value : argument;
        bool isConstant = match.Success && value.ToUpperInvariant() is "$TRUE" or "$FALSE";
        return match.Groups["name"].Value + (isConstant ? value : $"'{CodeGeneration.EscapeSingleQuotedStringContent(value)}'");
    }

    [GeneratedRegex(@"\A(?<name>-[\p{L}_][\w-]*:?)(?<value>(?<=:).+)?\z", RegexOptions.Singleline | RegexOptions.ExplicitCapture)]
    private static partial Regex Parameter();
}

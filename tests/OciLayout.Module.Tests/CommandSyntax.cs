using System;
using System.Collections.Generic;
using System.Linq;
using System.Management.Automation.Language;
using Xunit;

namespace OciLayout.ModuleTests;

/// <summary>Reads commands in PowerShell code without running it.</summary>
internal static class CommandSyntax
{
    /// <summary>Returns the commands of a script.</summary>
    public static IEnumerable<CommandAst> Of(string code)
    {
        var script = Parser.ParseInput(code, out _, out _);
        return script.FindAll(a => a is CommandAst, searchNestedScriptBlocks: true).Cast<CommandAst>();
    }

    /// <summary>Returns the statements of a script, as they are typed at a prompt, with the comments behind them.</summary>
    public static IEnumerable<string> StatementsOf(string code) =>
        Parser.ParseInput(code, out _, out _).EndBlock.Statements.Select(s => s.Extent.Text);

    /// <summary>Fails unless every cmdlet of this module in a script exists and has the parameters that are written after it.</summary>
    public static void AssertBinds(string code, ModuleSession session)
    {
        foreach (var command in Of(code).Where(c => c.GetCommandName()?.Contains("-Oci", StringComparison.Ordinal) == true))
        {
            var parameters = session.RunCleanly("(Get-Command $args[0]).Parameters.Keys", command.GetCommandName()).Select(o => o.ToString()!);
            Assert.All(command.CommandElements.OfType<CommandParameterAst>(), p => Assert.Contains(p.ParameterName, parameters, StringComparer.OrdinalIgnoreCase));
        }
    }
}

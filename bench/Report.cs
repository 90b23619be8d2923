using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text.Json;

namespace OciLayout.Bench;

/// <summary>Prints results as a table, and writes them as JSON.</summary>
internal static class Report
{
    public static void Head() => Write("case", "limit ms", "ours ms", "ratio", "MiB", "JIT", "verdict");

    public static void Line(Result result)
    {
        var verdict = string.Join(", ", result.Verdicts.Select(v => $"{(v.Met ? "ok" : "MISSED")} {v.Goal}"));
        Write(result.Case.Name, Number(result.Limit), Number(result.Ours), Number(result.Ratio), Number(result.MiB), Count(result.Methods), verdict);
        foreach (var trial in result.Trials.Where(t => t != result.Case.Ours && (result.Case.Limit.Count > 1 || !result.Case.Limit.Contains(t))))
        {
            if (result.Of(trial) is { } time) Write("    " + trial.Name, "", Number(time), trial == result.Before ? Number(result.Ours / time) : "", Number(result.MiBOf(trial)), Count(result.Facts(trial, f => f.Methods)), "");
        }
    }

    public static void WriteJson(string path, IReadOnlyList<Result> results, IReadOnlyList<Growth> curves)
    {
        using var stream = File.Create(path);
        using var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true });
        json.WriteStartObject();
        json.WriteString("date", DateTime.UtcNow.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture));
        json.WriteNumber("processors", Environment.ProcessorCount);
        json.WriteString("runtime", Environment.Version.ToString());
        json.WriteString("engine", Engine.Name);
        json.WriteString("core", Facts.Core);
        json.WriteString("module", Engine.Core);
        json.WriteStartArray("cases");
        foreach (var result in results) Write(json, result);
        json.WriteEndArray();
        json.WriteStartArray("curves");
        foreach (var curve in curves) Write(json, curve);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, Result result)
    {
        json.WriteStartObject();
        json.WriteString("name", result.Case.Name);
        json.WriteString("work", result.Case.Work);
        json.WriteString("reference", result.Case.Reference);
        if (result.Limit is { } limit) json.WriteNumber("limit", Math.Round(limit, 3));
        json.WriteNumber("ours", Math.Round(result.Ours, 3));
        if (result.Ratio is { } ratio) json.WriteNumber("ratio", Math.Round(ratio, 3));
        if (result.MiB is { } memory) json.WriteNumber("MiB", Math.Round(memory, 1));
        json.WriteStartObject("goals");
        foreach (var (goal, met) in result.Verdicts) json.WriteBoolean(goal, met);
        json.WriteEndObject();
        json.WriteStartObject("milliseconds");
        foreach (var trial in result.Trials)
        {
            json.WriteStartArray(trial.Name);
            foreach (var run in result.Runs(trial)) json.WriteNumberValue(Math.Round(run, 3));
            json.WriteEndArray();
        }

        json.WriteEndObject();
        json.WriteStartObject("facts");
        foreach (var trial in result.Trials)
        {
            if (result.Facts(trial, f => f.Methods) is not { } methods) continue;
            json.WriteStartObject(trial.Name);
            json.WriteNumber("methods compiled", methods);
            json.WriteNumber("page faults", result.Facts(trial, f => f.Faults)!.Value);
            json.WriteNumber("processor", Math.Round(result.Facts(trial, f => f.Processor)!.Value, 1));
            if (result.Clock(trial) is { } clock) json.WriteNumber("clock", Math.Round(clock, 2));
            json.WriteEndObject();
        }

        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, Growth curve)
    {
        json.WriteStartObject();
        json.WriteString("name", curve.Name);
        json.WriteNumber("exponent", Math.Round(curve.Exponent, 3));
        json.WriteStartObject("milliseconds");
        foreach (var (count, time) in curve.Points) json.WriteNumber(count.ToString(CultureInfo.InvariantCulture), Math.Round(time, 3));
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void Write(string name, string limit, string ours, string ratio, string memory, string methods, string verdict) =>
        Console.WriteLine($"{name,-34} {limit,10} {ours,10} {ratio,7} {memory,8} {methods,6}  {verdict}".TrimEnd());

    private static string Count(double? value) => value?.ToString("0", CultureInfo.InvariantCulture) ?? "-";

    private static string Number(double? value) => value is not { } number ? "-" : number.ToString(number < 10 ? "0.00" : "0.0", CultureInfo.InvariantCulture);
}

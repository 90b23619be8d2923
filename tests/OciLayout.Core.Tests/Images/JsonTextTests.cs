using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using OciLayout.Images;
using Xunit;

namespace OciLayout.Tests.Images;

/// <summary>Tests that single members of a JSON document are changed, and that all other bytes stay.</summary>
public sealed class JsonTextTests
{
    private const string Indented = """
        {
          "a" : 1.50,
          "b": {"x" : [1, 2 ,3], "y":{}},
          "é\u0022": null
        }

        """;

    [Theory]
    [InlineData(Indented, "a", "2", "\"a\" : 1.50", "\"a\" : 2")]
    [InlineData(Indented, "b/x", "null", "[1, 2 ,3]", "null")]
    [InlineData(Indented, "é\"", "[]", "null", "[]")]
    [InlineData(Indented, "b/z", "4", "\"y\":{}", "\"y\":{}, \"z\":4")] // as the member before it
    [InlineData(Indented, "b/y/deep/er", "true", "\"y\":{}", "\"y\":{\"deep\":{\"er\":true}}")]
    [InlineData(Indented, "n", "5", "null\n", "null,\n  \"n\": 5\n")]
    [InlineData(Indented, "a/c", "1", "1.50", "{\"c\":1}")] // not an object
    [InlineData("  {}", "a/b", "1", "{}", "{\"a\":{\"b\":1}}")]
    [InlineData("{ }", "a", "1", "{ }", "{\"a\":1 }")]
    [InlineData("{\"config\":null}", "config/Labels/k", "\"v\"", "null", "{\"Labels\":{\"k\":\"v\"}}")]
    [InlineData("{\"a\":1,\"a\":2}", "a", "3", "2", "3")] // the last one counts
    [InlineData("{\"\\u0061/\":1}", "a//", "1", "", "")]
    public void Only_the_member_changes(string document, string path, string value, string old, string replacement)
    {
        var parts = path == "a//" ? ["a/"] : path.Split('/');
        var text = new JsonText(Bytes(document));

        Assert.Equal(old != replacement, text.Set(Bytes(value), parts));
        Assert.Equal(old.Length == 0 ? document : document.Replace(old, replacement, StringComparison.Ordinal), Text(text));
        Assert.Equal(value, Encoding.UTF8.GetString(text.Get(parts)!.Value.Span));
        Assert.False(text.Set(Bytes(value), parts)); // it is set already
    }

    [Theory]
    [InlineData("a", "{ \"b\": 2,\n\"c\":3 }")]
    [InlineData("b", "{ \"a\":1, \"c\":3 }")]
    [InlineData("c", "{ \"a\":1, \"b\": 2 }")]
    public void Removed_member_takes_its_comma_along(string name, string expected)
    {
        var text = new JsonText(Bytes("{ \"a\":1, \"b\": 2,\n\"c\":3 }"));
        Assert.True(text.Set(null, name));
        Assert.Equal(expected, Text(text));
        Assert.Null(text.Get(name));
        Assert.False(text.Set(null, name));
    }

    [Theory]
    [InlineData("{\"a\": 1}", "{}", "a")]
    [InlineData("{\"a\":{\"b\":1}}", "{\"a\":{}}", "a", "b")]
    [InlineData("{\"a\":1,\"b\":0,\"a\":2}", "{\"b\":0}", "a")]
    [InlineData("{\"a\":[1]}", "{\"a\":[1]}", "a", "b")]
    [InlineData("{\"a\":1}", "{\"a\":1}", "b", "c")]
    public void Member_is_removed_or_does_not_exist(string document, string expected, params string[] path)
    {
        var text = new JsonText(Bytes(document));
        Assert.Equal(document != expected, text.Set(null, path));
        Assert.Equal(expected, Text(text));
    }

    [Fact]
    public void Equal_value_is_not_written_again()
    {
        var text = new JsonText(Bytes("{\"a\": {\"x\": 1 , \"y\": \"\\u0041\"}}"));
        Assert.False(text.Set(Bytes("{\"y\":\"A\",\"x\":1}"), "a"));
        Assert.Equal("{\"a\": {\"x\": 1 , \"y\": \"\\u0041\"}}", Text(text));
    }

    [Fact]
    public void Elements_of_arrays_are_changed_removed_and_appended()
    {
        var text = new JsonText(Bytes("{\"a\":[ 1, [2], {} ],\"b\":[]}"));
        Assert.Equal(["1", "[2]", "{}"], text.Elements("a").Select(e => Encoding.UTF8.GetString(e.Span)));
        Assert.Empty(text.Elements("none"));

        text.ChangeElements(_ => false, (i, old) => i == 1 && old.Length == 3 ? Bytes("7") : null, "a");
        text.Append(Bytes("8"), "a");
        text.Append(Bytes("9"), "b");
        text.Append(Bytes("10"), "new", "list");
        Assert.Equal("{\"a\":[ 1, 7, {}, 8 ],\"b\":[9],\"new\":{\"list\":[10]}}", Text(text));

        text.ChangeElements(i => i is 0 or 3, null, "a");
        text.ChangeElements(_ => true, null, "b");
        text.ChangeElements(_ => true, null, "none");
        Assert.Equal("{\"a\":[ 7, {} ],\"b\":[],\"new\":{\"list\":[10]}}", Text(text));
    }

    [Fact]
    public void Byte_order_mark_is_removed_and_the_document_is_copied()
    {
        byte[] bytes = [0xEF, 0xBB, 0xBF, .. Bytes("{\"a\":1}")];
        var text = new JsonText(bytes);
        text.Set(Bytes("2"), "a");
        Assert.Equal("{\"a\":2}", Text(text));
        Assert.Equal((byte)'1', bytes[8]);
    }

    // The framework's own tree is the model.
    [Fact]
    public void Random_changes_have_the_same_result_as_in_a_tree()
    {
        var chance = new Random(1);
        string[] names = ["a", "b", "c\"", "\u00e9", ""];
        for (var i = 0; i < 3000; i++)
        {
            var model = (JsonObject)Make(chance, names, 3, isObject: true);
            var text = new JsonText(Bytes(model.ToJsonString(new JsonSerializerOptions { WriteIndented = chance.Next(2) == 0 })));
            for (var step = chance.Next(1, 6); step > 0; step--)
            {
                var path = Enumerable.Range(0, chance.Next(1, 4)).Select(_ => names[chance.Next(names.Length)]).ToArray();
                var value = chance.Next(3) == 0 ? null : Make(chance, names, 1, isObject: false);
                var before = model.DeepClone();
                Change(model, path, value, remove: value is null);
                Assert.Equal(!JsonNode.DeepEquals(before, model), text.Set(value is null ? null : Bytes(value.ToJsonString()), path));
                Assert.True(JsonNode.DeepEquals(model, JsonNode.Parse(text.Bytes)), $"{i}: {model.ToJsonString()} and {Text(text)}");
            }
        }
    }

    private static void Change(JsonObject at, string[] path, JsonNode? value, bool remove)
    {
        foreach (var name in path[..^1])
        {
            if (at[name] is JsonObject next)
            {
                at = next;
                continue;
            }

            if (remove) return;
            var made = new JsonObject();
            at[name] = made;
            at = made;
        }

        if (remove) at.Remove(path[^1]);
        else at[path[^1]] = value!.DeepClone();
    }

    private static JsonNode Make(Random chance, string[] names, int depth, bool isObject)
    {
        if (!isObject && (depth == 0 || chance.Next(3) == 0)) return JsonValue.Create(chance.Next(4));
        if (!isObject && chance.Next(3) == 0) return new JsonArray([.. Enumerable.Range(0, chance.Next(3)).Select(_ => Make(chance, names, depth - 1, isObject: false))]);
        return new JsonObject(names.Where(_ => chance.Next(2) == 0).Select(n => new KeyValuePair<string, JsonNode?>(n, Make(chance, names, depth - 1, isObject: false))));
    }

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    private static string Text(JsonText text) => Encoding.UTF8.GetString(text.Bytes);
}

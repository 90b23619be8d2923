using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;

namespace OciLayout.Bench;

/// <summary>The time of an operation as a function of the number of images in a store.</summary>
internal sealed class Growth(string name)
{
    private readonly List<(int Count, double Milliseconds)> _points = [];

    public string Name => name;

    public IReadOnlyList<(int Count, double Milliseconds)> Points => _points;

    public void Add(int count, double milliseconds) => _points.Add((count, milliseconds));

    /// <summary>
    /// Gets the exponent that fits the points best; 1 is linear. Uses counts from 1,000 on, where constant costs no longer matter.
    /// </summary>
    public double Exponent
    {
        get
        {
            var points = _points.Where(p => p.Count >= 1000).ToList();
            if (points.Count < 2) points = _points;
            if (points.Count < 2) return double.NaN;
            var (x, y) = (points.Select(p => Math.Log(p.Count)).ToList(), points.Select(p => Math.Log(p.Milliseconds)).ToList());
            var (meanX, meanY) = (x.Average(), y.Average());
            return x.Zip(y, (a, b) => (a - meanX) * (b - meanY)).Sum() / x.Sum(a => (a - meanX) * (a - meanX));
        }
    }

    public override string ToString() =>
        $"{name,-34} {string.Join(" ", _points.Select(p => p.Milliseconds.ToString("0.0", CultureInfo.InvariantCulture).PadLeft(9)))}   N^{Exponent.ToString("0.00", CultureInfo.InvariantCulture)}";
}

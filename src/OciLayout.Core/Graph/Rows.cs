using System;
using System.Collections;
using System.Collections.Generic;

namespace OciLayout.Graph;

/// <summary>
/// A list, and a stack, of our own structs, for the same reason as <see cref="Table{TKey, TValue}"/>: it comes compiled with the module.
/// It grows by pieces, since what is copied to a larger array leaves memory behind that takes longer to get than all else here.
/// </summary>
internal sealed class Rows<T> : IReadOnlyList<T>
    where T : struct
{
    private const int Shift = 10;
    private const int Piece = 1 << Shift;

    private T[][] _pieces = [[]];

    public int Count { get; private set; }

    public T this[int place] => _pieces[place >> Shift][place & (Piece - 1)];

    public void Add(T item)
    {
        var piece = Count >> Shift;
        if (piece == 0)
        {
            if (Count == _pieces[0].Length) Array.Resize(ref _pieces[0], Math.Max(4, 2 * Count));
        }
        else if (piece == _pieces.Length || _pieces[piece] is null)
        {
            if (piece == _pieces.Length) Array.Resize(ref _pieces, 2 * piece);
            _pieces[piece] = new T[Piece];
        }

        _pieces[piece][Count++ & (Piece - 1)] = item;
    }

    /// <summary>An item, to be changed where it is.</summary>
    public ref T At(int place) => ref _pieces[place >> Shift][place & (Piece - 1)];

    /// <summary>Takes the last item away.</summary>
    public T Pop() => this[--Count];

    public IEnumerator<T> GetEnumerator()
    {
        for (var place = 0; place < Count; place++) yield return this[place];
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}

using System;
using System.Collections;
using System.Collections.Generic;

namespace OciLayout.Common;

/// <summary>
/// A segmented list and stack of structs. Unlike <c>List&lt;T&gt;</c>, growing it beyond 1,024 items never copies them, which would leave
/// large dead arrays; touching new memory costs most here. Precompiled with the module, see <see cref="Table{TKey, TValue}"/>.
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

    /// <summary>Returns a reference to an item, for changes in place.</summary>
    public ref T At(int place) => ref _pieces[place >> Shift][place & (Piece - 1)];

    /// <summary>Removes and returns the last item.</summary>
    public T Pop() => this[--Count];

    public IEnumerator<T> GetEnumerator()
    {
        for (var place = 0; place < Count; place++) yield return this[place];
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}

using System;
using System.Collections.Generic;
using System.Threading;
using System.Threading.Tasks;

namespace OciLayout.Images;

/// <summary>Reads several layers at the same time.</summary>
internal static class LayerScans
{
    /// <summary>Returns layers in their order. As many layers as there are processors are read ahead.</summary>
    /// <param name="layers">The layers.</param>
    /// <param name="read">Reads a layer. It is called on other threads.</param>
    /// <param name="cancellationToken">The token that cancels reading.</param>
    public static IEnumerable<LayerScan> Read<TLayer>(IReadOnlyList<TLayer> layers, Func<TLayer, CancellationToken, LayerScan> read, CancellationToken cancellationToken)
    {
        var running = new Queue<Task<LayerScan>>();
        var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        try
        {
            for (int next = 0, done = 0; done < layers.Count; done++)
            {
                for (; next < layers.Count && running.Count < Environment.ProcessorCount; next++)
                {
                    var layer = layers[next];
                    running.Enqueue(Task.Run(() => read(layer, stop.Token)));
                }

                yield return running.Dequeue().GetAwaiter().GetResult();
            }
        }
        finally
        {
            stop.Cancel();
            foreach (var task in running) ((IAsyncResult)task).AsyncWaitHandle.WaitOne(); // their errors do not matter any more
            stop.Dispose();
        }
    }
}

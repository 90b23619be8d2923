using System;
using System.Collections.Generic;
using System.Threading;

namespace OciLayout.Safety.Steps;

/// <summary>
/// Runs two processes, one at a time, each on a thread of its own. Before a file operation, the running process may be stopped in favor of
/// the other: at the given operations (a preemption), and when it waits for a lock or has ended (not a preemption).
/// </summary>
internal sealed class Scheduler : IDisposable
{
    /// <summary>The message when a run has other operations than the run before.</summary>
    public const string Unrepeatable = "A schedule cannot be repeated.";

    /// <summary>The message when a process runs operations on several threads, whose order differs from run to run.</summary>
    public const string SeveralThreads = "A process uses several threads.";

    // A schedule takes about a millisecond, so one that takes this long hangs.
    private static readonly TimeSpan Hang = TimeSpan.FromMinutes(5);

    private readonly Worker[] _workers = [new(), new()];
    private readonly SemaphoreSlim _done = new(0);
    private readonly Action?[] _bodies = new Action?[2];
    private readonly int[] _threads = new int[2];
    private readonly bool[] _started = new bool[2];
    private readonly bool[] _ended = new bool[2];
    private readonly bool[] _blocked = new bool[2];
    private readonly Exception?[] _failures = new Exception?[2];
    private IReadOnlyList<int> _preemptions = [];
    private int _nextPreemption;
    private bool _running;
    private string? _problem;

    /// <summary>The operations of both processes, in order.</summary>
    public List<Step> Trace { get; private set; } = [];

    /// <summary>Runs a schedule to its end.</summary>
    /// <param name="first">The process that begins.</param>
    /// <param name="preemptions">The numbers of the operations before which the running process is stopped, in ascending order.</param>
    /// <param name="bodies">The operations of the processes. An exception ends the schedule with an error.</param>
    public List<Step> Run(int first, IReadOnlyList<int> preemptions, Action[] bodies)
    {
        Trace = new List<Step>(256);
        (_preemptions, _nextPreemption, _problem) = (preemptions, 0, null);
        for (int i = 0; i < 2; i++)
            (_bodies[i], _started[i], _ended[i], _blocked[i], _failures[i]) = (bodies[i], false, false, false, null);
        _running = true;
        Wake(first);
        if (!_done.Wait(Hang)) throw new InvalidOperationException("A schedule hangs: " + Describe());
        _running = false;
        if (_problem is not null) throw new InvalidOperationException(_problem + " " + Describe());
        foreach (Exception? failure in _failures)
        {
            if (failure is not null) throw new InvalidOperationException($"{failure.Message} {Describe()}", failure);
        }

        return Trace;
    }

    /// <summary>Reports the next operation of a process, and returns when the process may run it.</summary>
    public void Before(int process, string name, List<(string, Access)> accesses)
    {
        if (!_running) return;
        if (_threads[process] != Environment.CurrentManagedThreadId) throw new InvalidOperationException($"{SeveralThreads} Operation: {name}.");
        if (_nextPreemption < _preemptions.Count && Trace.Count == _preemptions[_nextPreemption])
        {
            _nextPreemption++;
            if (CanRun(1 - process)) SwitchFrom(process);
            else _problem ??= Unrepeatable;
        }

        Trace.Add(new Step(process, name, CanRun(1 - process), accesses));
    }

    /// <summary>Blocks a process that waits for a lock until the other process has released a lock or ended.</summary>
    public void Wait(int process)
    {
        if (!_running) throw new InvalidOperationException("Nobody is left who could let go of the lock.");
        if (!CanRun(1 - process))
        {
            _problem ??= "Both processes wait.";
            throw new InvalidOperationException(_problem);
        }

        _blocked[process] = true;
        SwitchFrom(process);
    }

    /// <summary>Unblocks the other process after a process has released a lock.</summary>
    public void Released(int process) => _blocked[1 - process] = false;

    public string Describe() => $"Preemptions before {string.Join(", ", _preemptions)}:\n" + string.Join("\n", Trace);

    private bool CanRun(int process) => !_ended[process] && !_blocked[process];

    private void SwitchFrom(int process)
    {
        Wake(1 - process);
        if (!_workers[process].Go.Wait(Hang)) throw new InvalidOperationException("A process waits for ever.");
    }

    private void Wake(int process)
    {
        if (_started[process])
        {
            _workers[process].Go.Release();
            return;
        }

        _started[process] = true;
        _workers[process].Start(() => Body(process));
    }

    private void Body(int process)
    {
        _threads[process] = Environment.CurrentManagedThreadId;
        try
        {
            _bodies[process]!();
        }
        catch (Exception e)
        {
            _failures[process] = e;
        }

        _ended[process] = true;
        if (_ended[1 - process])
        {
            _done.Release();
            return;
        }

        _blocked[1 - process] = false;
        Wake(1 - process);
    }

    public void Dispose()
    {
        foreach (Worker worker in _workers) worker.Dispose();
        _done.Dispose();
    }

    private sealed class Worker : IDisposable
    {
        private readonly SemaphoreSlim _work = new(0);
        private readonly Thread _thread;
        private Action? _body;

        public Worker()
        {
            _thread = new Thread(Loop) { IsBackground = true };
            _thread.Start();
        }

        /// <summary>Resumes a stopped process.</summary>
        public SemaphoreSlim Go { get; } = new(0);

        public void Start(Action body)
        {
            _body = body;
            _work.Release();
        }

        private void Loop()
        {
            while (true)
            {
                _work.Wait();
                if (_body is null) return;
                Action body = _body;
                _body = null;
                body();
            }
        }

        public void Dispose()
        {
            _body = null;
            _work.Release();
            _thread.Join();
            _work.Dispose();
            Go.Dispose();
        }
    }
}

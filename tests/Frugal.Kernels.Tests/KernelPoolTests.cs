namespace Frugal.Kernels.Tests;

public unsafe class KernelPoolTests
{
    [Theory, InlineData(1), InlineData(2), InlineData(3), InlineData(8)]
    public void Every_part_runs_once_and_has_its_own_scratch(int threads)
    {
        using var pool = new KernelPool(threads);
        var seen = stackalloc int[threads];
        for (var call = 0; call < 2000; call++)
        {
            new Span<int>(seen, threads).Clear();
            var task = new Marking { Seen = seen, Call = call };
            pool.Run(ref task, scratchBytes: 64);
            for (var part = 0; part < threads; part++)
                Assert.Equal(threads * 10_000 + call, seen[part]);
        }
    }

    [Fact]
    public void Sleeping_threads_wake()
    {
        using var pool = new KernelPool(3);
        var seen = stackalloc int[3];
        for (var call = 0; call < 20; call++)
        {
            Thread.Sleep(5);
            new Span<int>(seen, 3).Clear();
            var task = new Marking { Seen = seen, Call = call };
            pool.Run(ref task, scratchBytes: 64);
            Assert.Equal(30_000 + call, seen[2]);
        }
    }

    [Fact]
    public void The_caller_does_the_parts_of_threads_that_are_late()
    {
        using var pool = new KernelPool(16);
        var most = 0;
        var threads = stackalloc int[16];
        for (var call = 0; call < 20; call++)
        {
            // Asleep by then; waking takes longer than the caller's own part.
            Thread.Sleep(5);
            new Span<int>(threads, 16).Clear();
            var task = new Signing { Threads = threads };
            pool.Run(ref task, scratchBytes: 0);
            Assert.DoesNotContain(0, new ReadOnlySpan<int>(threads, 16).ToArray());
            most = Math.Max(most, new ReadOnlySpan<int>(threads, 16).Count(Environment.CurrentManagedThreadId));
        }
        Assert.InRange(most, 2, 16);
    }

    [Fact]
    public void A_slow_part_is_waited_for()
    {
        using var pool = new KernelPool(2);
        var done = 0;
        var task = new Sleeping { Done = &done };
        pool.Run(ref task, scratchBytes: 0);
        Assert.Equal(1, done);
    }

    [Theory, InlineData(0), InlineData(1)]
    public void A_failing_part_fails_the_call_and_not_the_pool(int failing)
    {
        using var pool = new KernelPool(2);
        var seen = stackalloc int[2];
        for (var call = 0; call < 50; call++)
        {
            var task = new Failing { Part = failing };
            Assert.Equal("part fails", Assert.Throws<InvalidOperationException>(() => pool.Run(ref task, scratchBytes: 0)).Message);
            new Span<int>(seen, 2).Clear();
            var next = new Marking { Seen = seen, Call = call };
            pool.Run(ref next, scratchBytes: 64);
            Assert.Equal(20_000 + call, seen[1]);
        }
    }

    [Fact]
    public void Concurrent_callers_take_turns()
    {
        using var pool = new KernelPool(2);
        var random = new LinearCase(rows: 5, 40, 30, density: 0.3, blockHeight: 1, seed: 1);
        var layer = PackedSparse.Pack(random.Weight, 40, 30);
        var expected = random.Run(layer, pool);
        Parallel.For(0, 200, new() { MaxDegreeOfParallelism = 4 }, _ => Assert.Equal(expected, random.Run(layer, pool)));
    }

    [Fact]
    public void A_pool_is_refused_inside_its_own_call()
    {
        using var pool = new KernelPool(1);
        var task = new Nested { Pool = pool };
        Assert.Throws<InvalidOperationException>(() => pool.Run(ref task, scratchBytes: 0));
    }

    [Fact]
    public void A_disposed_pool_is_refused()
    {
        var pool = new KernelPool(3);
        pool.Dispose();
        pool.Dispose();
        Assert.Throws<ObjectDisposedException>(() => PackedSparse.Pack([1f], 1, 1).Run([1f], 1, new float[1], default, pool));
    }

    [Theory, InlineData(0), InlineData(-1), InlineData(1025)]
    public void A_senseless_number_of_threads_is_refused(int threads) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new KernelPool(threads));

    [Fact]
    public void A_level_that_the_processor_lacks_is_refused() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new KernelPool(1) { Level = Simd.Level + 1 });

    private struct Marking : IKernelTask
    {
        public int* Seen;
        public int Call;

        public readonly void Run(int part, int parts, byte* scratch)
        {
            // Two threads with one scratch would overwrite each other's mark with their own.
            *(int*)scratch = part;
            Thread.SpinWait(20);
            Assert.Equal(part, *(int*)scratch);
            Assert.Equal(0u, (nuint)scratch % 64);
            Seen[part] += parts * 10_000 + Call;
        }
    }

    private struct Signing : IKernelTask
    {
        public int* Threads;

        public readonly void Run(int part, int parts, byte* scratch) => Threads[part] = Environment.CurrentManagedThreadId;
    }

    private struct Sleeping : IKernelTask
    {
        public int* Done;

        public readonly void Run(int part, int parts, byte* scratch)
        {
            // The caller's part takes long enough for the other thread to begin.
            Thread.Sleep(part == 0 ? 10 : 60);
            if (part == 1)
                *Done = 1;
        }
    }

    private struct Failing : IKernelTask
    {
        public int Part;

        public readonly void Run(int part, int parts, byte* scratch)
        {
            if (part == Part)
                throw new InvalidOperationException("part fails");
        }
    }

    private struct Nested : IKernelTask
    {
        public KernelPool Pool;

        public readonly void Run(int part, int parts, byte* scratch)
        {
            var inner = this;
            Pool.Run(ref inner, scratchBytes: 0);
        }
    }
}

using TorchSharp;
using static TorchSharp.torch;

namespace Frugal.Analysis;

/// <summary>Starting fields of a wave and the same fields later, both scaled: what a surrogate is trained on.</summary>
/// <param name="Starts"><c>[fields, 1, nodes, nodes]</c>.</param>
/// <param name="Later"><c>[fields, moments, nodes, nodes]</c>, with variance 1 over the training fields.</param>
internal sealed record WaveExamples(Tensor Starts, Tensor Later)
{
    private const int Cells = 20, MostBumps = 3;
    private const double Cfl = 0.7, StartScale = 0.3;

    /// <summary>Draws fields of one to three bumps and runs them.</summary>
    /// <param name="count">Number of fields.</param>
    /// <param name="training">How many of them, from the first, the scales are taken from.</param>
    /// <param name="moments">Numbers of time steps after which the field is asked for, in order.</param>
    /// <param name="random">Where the bumps come from.</param>
    public static WaveExamples Draw(int count, int training, IReadOnlyList<int> moments, RandomStreams random)
    {
        using var scope = NewDisposeScope();
        using var generator = random.TorchAt("waves");
        var unit = rand([count, MostBumps, 4], float64, generator: generator);
        Tensor Of(int column, double low, double high) => unit.select(-1, column) * (high - low) + low;
        var sign = randint(0, 2, [count, MostBumps], float64, generator: generator) * 2 - 1;
        var number = randint(1, MostBumps + 1, [count, 1], float64, generator: generator);
        var isThere = arange(MostBumps, float64).unsqueeze(0).lt(number).to(float64);
        var bumps = stack([Of(0, 0.25, 0.75), Of(1, 0.25, 0.75), Of(2, 0.05, 0.12), Of(3, 0.5, 1) * sign * isThere], -1);
        var waves = new WaveField(Cells, Cfl);
        var start = waves.Start(bumps);
        var later = waves.Frames(start, moments[^1]).index_select(1, tensor(moments.Select(moment => (long)moment).ToArray()));
        start = start * (StartScale / start.narrow(0, 0, training).std());
        later = later / later.narrow(0, 0, training).std();
        return new(start.unsqueeze(1).to(float32).MoveToOuterDisposeScope(), later.to(float32).MoveToOuterDisposeScope());
    }
}

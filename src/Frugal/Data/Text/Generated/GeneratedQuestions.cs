using System.Text;
using Frugal.Data.Text.Questions;

namespace Frugal.Data.Text.Generated;

/// <summary>
/// Questions about short contexts, answered by a span of the context, in several domains; made from templates and a seed, the same on every machine, nothing to download. Three domains are meant for
/// training, three for measuring what a shift of the domain costs.
/// </summary>
/// <remarks>
/// A context tells a few things of two named ones (people, towns, animals; ships, plays, planets), in shuffled sentences with asides between them. The question asks for one thing of one of them, so that a model must
/// match the name (the other one has an answer of the same kind) and what is asked for (the same one has answers of other kinds). Both domains have the same structure and the
/// same function words; out of domain the names, the answers and the ways to tell and to ask are others, and few content words are shared. A sentence is told in two or three ways, a question asked in two or three.
/// </remarks>
public sealed class GeneratedQuestions
{
    private const int Things = 2;
    private readonly int facts = 3;
    private readonly double impossible;

    /// <summary>Domains for training and for measuring in the domain: <c>people</c>, <c>towns</c>, <c>animals</c>.</summary>
    public static IReadOnlyList<string> InDomainNames { get; } = [.. InDomain.All.Select(domain => domain.Name)];

    /// <summary>Domains for measuring, or fine-tuning with few examples, out of the domain: <c>ships</c>, <c>plays</c>, <c>planets</c>.</summary>
    public static IReadOnlyList<string> OutOfDomainNames { get; } = [.. OutOfDomain.All.Select(domain => domain.Name)];

    /// <summary>Seed of the set; another one gives other contexts of the same kind. Default 0.</summary>
    public long Seed { get; init; }

    /// <summary>What is told of each of the two named ones, 1 to 3 things. Default 3.</summary>
    public int Facts { get => facts; init => facts = Guard.Between(value, 1, 3); }

    /// <summary>Share of questions that the context does not answer, since it does not tell what is asked for, 0 to 1. Default 0, as in SQuAD 1.1; SQuAD 2.0 has a third.</summary>
    public double Impossible { get => impossible; init => impossible = Guard.Between(value, 0, 1); }

    /// <summary>The first questions of a split, the domains taking turns; more of them begin with the same ones.</summary>
    /// <param name="domains">Names of <see cref="InDomainNames"/> and <see cref="OutOfDomainNames"/>.</param>
    /// <param name="split">The split's name, e.g. <c>train</c>; different names give different contexts.</param>
    /// <param name="count">How many, at least 1.</param>
    /// <exception cref="FrugalException">There is no domain of a name.</exception>
    public IReadOnlyList<QuestionAnswer> Generate(IReadOnlyList<string> domains, string split, int count)
    {
        ArgumentNullException.ThrowIfNull(domains);
        ArgumentException.ThrowIfNullOrEmpty(split);
        Guard.AtLeast(count, 1);
        QuestionDomain[] chosen = [.. domains.Select(Named)];
        if (chosen.Length == 0)
            throw new FrugalException($"Questions need a domain: {string.Join(", ", InDomainNames.Concat(OutOfDomainNames))}.");
        var streams = new RandomStreams(Seed);
        return
        [
            .. Enumerable.Range(0, count).Select(i =>
            {
                var domain = chosen[i % chosen.Length];
                return Question(domain, streams.At($"questions: {domain.Name} {split}", i), $"{domain.Name}-{split}-{i}");
            }),
        ];
    }

    private static QuestionDomain Named(string name) => InDomain.All.Concat(OutOfDomain.All).FirstOrDefault(domain => domain.Name == name)
        ?? throw new FrugalException($"There are no questions about '{name}'; there are {string.Join(", ", InDomainNames.Concat(OutOfDomainNames))}.");

    private QuestionAnswer Question(QuestionDomain domain, RandomStream random, string id)
    {
        string[] names = [.. Distinct(Things, () => $"{Choice.Of(domain.First, random)} {Choice.Of(domain.Second, random)}")];
        string[][] values = [.. domain.Relations.Select(relation => Distinct(Things, () => Value(relation, random)).ToArray())];
        var told = Enumerable.Range(0, Things).SelectMany(thing => random.NextPermutation(domain.Relations.Length).Take(Facts).Select(relation => (Thing: thing, Relation: relation))).ToArray();
        (int Thing, int Relation)[] untold = [.. Enumerable.Range(0, Things * domain.Relations.Length).Select(i => (i % Things, i / Things)).Except(told)];
        var asked = random.NextBool(Impossible) ? untold[random.NextInt(untold.Length)] : told[random.NextInt(told.Length)];

        var context = new StringBuilder();
        Answer[] answers = [];
        foreach (int i in random.NextPermutation(told.Length))
        {
            var (thing, relation) = told[i];
            if (random.NextBool(0.3))
                Append(context, Choice.Of(domain.Asides, random));
            string statement = Choice.Of(domain.Relations[relation].Statements, random).Replace("{e}", names[thing], StringComparison.Ordinal);
            int start = Append(context, statement.Replace("{v}", values[relation][thing], StringComparison.Ordinal)) + statement.IndexOf("{v}", StringComparison.Ordinal);
            if (told[i] == asked)
                answers = [new Answer(values[relation][thing], start)];
        }
        string question = Choice.Of(domain.Relations[asked.Relation].Questions, random).Replace("{e}", names[asked.Thing], StringComparison.Ordinal);
        return new QuestionAnswer(id, question, context.ToString(), answers);
    }

    /// <summary>Appends a sentence and returns where it begins.</summary>
    private static int Append(StringBuilder context, string sentence)
    {
        if (context.Length > 0)
            context.Append(' ');
        int start = context.Length;
        context.Append(sentence);
        return start;
    }

    private static string Value(Relation relation, RandomStream random)
    {
        var value = new StringBuilder(Choice.Of(relation.Values, random));
        for (int i = 0; i < value.Length; i++)
        {
            if (value[i] == '#')
                value[i] = (char)('1' + random.NextInt(9));
        }
        return value.ToString();
    }

    private static List<string> Distinct(int count, Func<string> draw)
    {
        var drawn = new List<string>();
        while (drawn.Count < count)
        {
            string next = draw();
            if (!drawn.Contains(next))
                drawn.Add(next);
        }
        return drawn;
    }
}

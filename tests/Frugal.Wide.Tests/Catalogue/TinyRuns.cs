using Frugal.Catalogue;
using Frugal.Catalogue.Binding;
using Frugal.Catalogue.Documents;
using Frugal.Compression;
using Frugal.Layers;
using Frugal.Models;
using Frugal.Models.Text;
using Frugal.Models.Vision;
using Frugal.Recipes;
using Frugal.Training;

namespace Frugal.Wide.Tests.Catalogue;

/// <summary>
/// The one table that gives each entry a model and data small enough to train in milliseconds: images of 6x6 pixels in four classes, and a network of two layers,
/// unless the entry needs others.
/// </summary>
internal static class TinyRuns
{
    private static readonly CatalogueIndex catalogue = CatalogueIndex.Default;

    private static readonly ModelConfig transformer = new VisionTransformerConfig { PatchSize = 3, EmbedDim = 16, Depth = 2, NumHeads = 2 };

    private const string TinyReadMe = "{ domains: [ 0..16, 16..32 ], router-dim: 16, router-heads: 2 }";

    private static readonly ModelConfig decoder = new LlamaConfig { HiddenSize = 16, NumLayers = 2, NumHeads = 2, MaxPositions = 16, IntermediateSize = 32, InitializerRange = 0.2 };

    /// <summary>Options of entries whose defaults are made for real data.</summary>
    private static readonly Dictionary<string, string> options = new()
    {
        ["model bert"] = "{ hidden-size: 16, num-layers: 2, num-heads: 2, max-positions: 16, intermediate-size: 32, initializer-range: 0.2, drop-rate: 0 }",
        ["model distilbert"] = "{ hidden-size: 16, num-layers: 2, num-heads: 2, max-positions: 16, intermediate-size: 32, initializer-range: 0.2, drop-rate: 0, classifier-drop-rate: 0, attention-drop-rate: 0 }",
        ["model gpt2"] = "{ hidden-size: 16, num-layers: 2, num-heads: 2, max-positions: 16, initializer-range: 0.2 }",
        ["model llama"] = "{ hidden-size: 16, num-layers: 2, num-heads: 2, max-positions: 16, intermediate-size: 32, initializer-range: 0.2 }",
        ["model parallel-decoder"] = "{ hidden-size: 16, num-layers: 2, num-heads: 2, max-positions: 16, intermediate-size: 32, initializer-range: 0.2 }",
        ["model wide-encoder"] = "{ hidden-size: 16, num-layers: 2, num-heads: 3, head-dim: 6, max-positions: 16, intermediate-size: 32, initializer-range: 0.2 }",
        ["model cell-network"] = "{ channels: 4, cells: 3 }",
        ["model convnet"] = "{ channels: [ 16, 16 ] }",
        ["model mlp"] = "{ hidden-sizes: [ 16 ] }",
        ["model ffnet"] = "{ widths: [ 8, 16 ], depths: [ 1, 1 ], stem-width: 8, kernel-sizes1: [ 7 ], kernel-sizes2: [ 3 ], drop-path-rate: 0 }",
        ["model kan"] = "{ conv-channels: [ 3 ], hidden-sizes: [ 6 ] }",
        ["model residual-mlp"] = "{ width: 16, hidden-size: 32, depth: 2 }",
        ["model resnet"] = "{ depths: [ 1, 1 ], width: 16, stem: cifar }",
        ["model vit"] = "{ patch-size: 3, embed-dim: 16, depth: 2, num-heads: 2 }",
        ["model widenet"] = "{ patch-size: 3, embed-dim: 16, depth: 2, num-heads: 2, hidden-dim: 32, drop-rate: 0 }",
        ["model widenet-text"] = "{ hidden-size: 16, num-layers: 2, num-heads: 2, max-positions: 16, embedding-size: 8, intermediate-size: 32, initializer-range: 0.2, classifier-drop-rate: 0 }",
        ["step cluster-regression"] = "{ updates: 2, experts: 2, hidden-dim: 8 }",
        ["step compactifai"] = "{ share: 0.6 }",
        ["step bam"] = "{ models: [ before ] }",
        ["step expert-head"] = "{ experts: 4, second: all, capacity: { factor: 2 } }",
        ["step expert-spans"] = "{ updates: 2, fine-tuning-updates: 1 }",
        ["step pretrain-masked"] = "{ mask-id: 1, train: { updates: 2, batch-size: 16 } }",
        ["step attention-on-signs"] = "{ epochs: 1 }",
        ["step pack"] = "{ batch-sizes: [ 8 ] }",
        ["step pr-moe"] = "{ experts: [ 2, 4 ], every: 1 }",
        ["step dass"] = "{ keep-share: 0.5, operations: [ none, skip-connect, sep-conv3 ], nodes: 1, search-channels: 4, search-cells: 1, channels: 4, cells: 1, search-pre-train: { updates: 1, batch-size: 8 }, "
            + "search-prune: { updates: 1, batch-size: 8 }, search-fine-tune: { updates: 1, batch-size: 8 }, pre-train: { updates: 1, batch-size: 8 }, prune: { updates: 1, batch-size: 8 }, fine-tune: { updates: 1, batch-size: 8 } }",
        ["step gate-estimation"] = "{ sizes: [ 20, 40 ], repetitions: 1 }",
        ["step rd-pruning"] = "{ grid: 8, calibration: 16 }",
        ["step wave-surrogate"] = "{ channels: 2, epochs: 1 }",
        ["step lapp"] = "{ stage: { updates: 2, batch-size: 16 }, method: { pruning-phase: 1ba, keep-macs: 0.9 } }",
        ["step snnk"] = "{ num-features: 12 }",
        ["step read-me"] = TinyReadMe,
        ["step measure-serving"] = "{ requests: 4, new-tokens: 2, capacity: 1, max-tokens: 2 }",
        ["training method routing-distillation"] = "{ router-updates: 1, expert-updates: 1 }",
        ["step switch-blocks"] = "{ blocks: 2, experts: 4, heads: 2 }",
        ["step fit-functions"] = "{ updates: 4, hidden: 2 }",
        ["step entropic-student"] = "{ until: stages.pool1, encoder: [ 4k3s2p1, 2k1s1p0 ], decoder: [ 8k3s1p1 ], first: { updates: 2, batch-size: 16 }, second: { updates: 2, batch-size: 16 } }",
        ["training method freeze"] = "{ include: [ layers.* ] }",
        ["training method only-classes"] = "{ classes: [ 0, 1 ] }",
        ["training method score-pruning"] = "{ keep-share: 0.5 }",
        ["transform center-crop"] = "{ size: 6 }",
        ["transform random-crop"] = "{ size: 6, padding: 1 }",
        ["transform random-resized-crop"] = "{ size: 6 }",
        ["transform resize"] = "{ size: 6 }",
    };

    /// <summary>The network of entries that act on layers which the usual one has not.</summary>
    private static readonly Dictionary<string, ModelConfig> models = new()
    {
        ["step compress-input"] = TinySubject.ConvNet,
        ["step entropic-student"] = TinySubject.ConvNet,
        ["step one-way"] = TinySubject.ConvNet,
        ["step lapp"] = TinySubject.ConvNet,
        ["step measure-split"] = TinySubject.ConvNet,
        ["step bam"] = new ParallelDecoderConfig { HiddenSize = 16, NumLayers = 2, NumHeads = 2, MaxPositions = 16, IntermediateSize = 32, InitializerRange = 0.2 },
        ["step factorllm"] = TinySubject.ResidualMlp,
        ["step reparameterize"] = TinySubject.ConvNet,
        ["step measure-experts"] = TinySubject.ResidualMlp,
        ["step pack-experts"] = TinySubject.ResidualMlp,
        ["step binary-transformer"] = transformer,
        ["step pretrain-masked"] = new BertConfig { HiddenSize = 16, NumLayers = 2, NumHeads = 2, MaxPositions = 16, IntermediateSize = 32, InitializerRange = 0.2 },
        ["training method bipft"] = transformer,
        ["step plan-experts"] = TinySubject.ResidualMlp,
        ["step pr-moe"] = TinySubject.ResidualMlp,
        ["step upcycle"] = TinySubject.ResidualMlp,
        ["step mix-n-match"] = TinySubject.ResidualMlp,
        ["training method matformer"] = TinySubject.ResidualMlp,
        ["training method lapp"] = TinySubject.ConvNet,
        ["training method prefix-tuning"] = transformer,
        ["training method prompt-tuning"] = transformer,
        ["training method prior-approximate"] = TinySubject.ResidualMlp,
        ["training method kan-selection"] = TinySubject.Kan,
        ["step refine-kan"] = TinySubject.Kan,
        ["step read-me"] = decoder,
        ["step measure-serving"] = decoder,
        ["step measure-domain-experts"] = decoder,
        ["training method routing-distillation"] = decoder,
    };

    private const string Adapted = "train: { updates: 2, batch-size: 16, methods: [ lora: { keeps-adapters: true } ] }";

    /// <summary>Steps that act on what another one left, and that one.</summary>
    private static readonly Dictionary<string, string> before = new()
    {
        ["step bundle-snnk"] = "snnk: { num-features: 12 }",
        ["step class-incremental"] = "key-value-head: { codebooks: 8, keys: 8 }",
        ["step fold-slorb"] = "train: { updates: 2, batch-size: 16, methods: [ ast: { boost: 4 } ] }",
        ["step fit-snnk"] = "[ snnk: { num-features: 12 }, bundle-snnk ]",
        ["step merge-lora"] = Adapted,
        ["step measure-experts"] = "upcycle: { experts: 4 }",
        ["step measure-split"] = "compress-input",
        ["step monarch-to-dense"] = "monarch",
        ["step mpo-to-dense"] = "compactifai: { share: 0.6 }",
        ["step low-rank-to-dense"] = "low-rank: { rank: 4 }",
        ["step pack"] = "train: { updates: 8, batch-size: 16, methods: [ { gradual-pruning: { final-sparsity: 0.95, begin: 0, end: 0.5 } } ] }",
        ["step pack-experts"] = "upcycle: { experts: 4 }",
        ["step plan-experts"] = "upcycle: { experts: 4 }",
        ["step save-lora"] = Adapted,
        ["step measure-serving"] = $"read-me: {TinyReadMe}",
        ["step measure-domain-experts"] = $"read-me: {TinyReadMe}",
        ["training method prior-approximate"] = "factorllm",
        ["training method routing-distillation"] = $"read-me: {TinyReadMe}",
    };

    /// <summary>Entries of the kinds that <see cref="Train"/> has a place for, and the models, which it trains.</summary>
    public static IEnumerable<CatalogueEntry> Trained => catalogue.Entries.Where(entry => entry.Kind.Type == typeof(ModelConfig) || PlaceOf(entry) is not null);

    /// <summary>The steps that change a model or measure it, without those that need a file from elsewhere.</summary>
    public static IEnumerable<CatalogueEntry> Steps => catalogue.Of(typeof(Step));

    /// <summary>The entry as this table writes it.</summary>
    /// <param name="entry">The entry.</param>
    /// <param name="saved">Folder of a saved model, for the entry that reads one.</param>
    public static DocumentNode Document(CatalogueEntry entry, string? saved = null)
    {
        if (entry.Type == typeof(SavedModelConfig) || entry.Type == typeof(LoadLora))
            return DocumentMapping.Of(entry.Name, DocumentScalar.OfText(saved ?? "."));
        return options.TryGetValue(entry.ToString(), out string? written)
            ? DocumentMapping.Of(entry.Name, YamlReader.Parse(written, "tiny options"))
            : LegalValues.Minimal(catalogue, entry);
    }

    /// <summary>A subject for the entry: its own model where it is one, otherwise a small one that has what most methods act on.</summary>
    public static Subject Subject(CatalogueEntry entry, string? folder = null, CancellationTokenSource? cancel = null)
    {
        if (entry.Type == typeof(SavedModelConfig))
        {
            using var saved = new TemporaryFolder();
            using var other = TinySubject.Of(seed: 1);
            ModelFolder.Save(other.Model, saved.Path);
            return TinySubject.Of(new Binder().Bind<ModelConfig>(Document(entry, saved.Path)), folder: folder, cancel: cancel);
        }
        var subject = TinySubject.Of(entry.Kind.Type == typeof(ModelConfig) ? new Binder().Bind<ModelConfig>(Document(entry)) : models.GetValueOrDefault(entry.ToString(), TinySubject.Mlp), folder: folder, cancel: cancel);
        subject.OtherModels = subject.OtherModels with { OfArm = _ => new FrozenModel(TinySubject.Of(seed: 1).Model) };
        // A training method cannot put in what it acts on where a step does that.
        if (entry.Kind.Type == typeof(TrainingMethod) && before.ContainsKey(entry.ToString()))
        {
            var earlier = ModelCopy.Of(subject.Model);
            subject.OtherModels = subject.OtherModels with { Before = _ => new FrozenModel(ModelCopy.Of(earlier)) };
            foreach (var step in StepsBefore(entry))
                step.Apply(subject);
        }
        return subject;
    }

    /// <summary>The steps that must come before, or plain training.</summary>
    private static IEnumerable<Step> StepsBefore(CatalogueEntry entry)
    {
        var written = YamlReader.Parse(before.GetValueOrDefault(entry.ToString(), "train: { updates: 2, batch-size: 16 }"), "steps before");
        return (written is DocumentList list ? list.Items : [written]).Select(step => new Binder().Bind<Step>(step));
    }

    /// <summary>A step as this table writes it; training is short.</summary>
    /// <param name="entry">The step's entry.</param>
    /// <param name="folder">Where a file lies that the step reads.</param>
    public static Step Step(CatalogueEntry entry, string folder) => entry.Type == typeof(Train) ? Train(entry, updates: 2) : new Binder().Bind<Step>(Document(entry, folder));

    /// <summary>The subject as a step leaves it that follows the step before it.</summary>
    /// <param name="entry">The step's entry.</param>
    /// <param name="folder">The subject's folder; unused where the step trains: its checkpoints would be those of the training before it, which a recipe keeps apart.</param>
    public static Subject AfterStep(CatalogueEntry entry, string folder)
    {
        var subject = Subject(entry, entry.Type == typeof(Train) ? null : folder);
        foreach (var step in StepsBefore(entry))
            step.Apply(subject);
        if (entry.Type == typeof(LoadLora))
            SaveAdapter(folder);
        return Step(entry, folder).Apply(subject);
    }

    private static void SaveAdapter(string folder)
    {
        using var other = TinySubject.Of(seed: 1);
        new Binder().Bind<Step>(YamlReader.Parse(Adapted, "adapter")).Apply(other);
        PeftFolder.Save(other.Model, folder);
    }

    /// <summary>Training with the entry in its place.</summary>
    public static Train Train(CatalogueEntry entry, int updates, string more = "{}")
    {
        var written = ((DocumentMapping)YamlReader.Parse(more, "tiny train"))
            .With("updates", new DocumentScalar(updates.ToString(System.Globalization.CultureInfo.InvariantCulture)))
            .With("batch-size", new DocumentScalar("16"));
        if (PlaceOf(entry) is { } place)
            written = written.With(place.Name, place.Shape is OptionShape.List ? new DocumentList([Document(entry)]) : Document(entry));
        return (Train)new Binder().Bind<Step>(DocumentMapping.Of("train", written));
    }

    /// <summary>Skips the running test where the entry says in code that the check has no meaning for it.</summary>
    public static CatalogueEntry Checked(string name, string check)
    {
        var entry = catalogue.Entries.Single(entry => entry.ToString() == name);
        var unsupported = entry.Unsupported.FirstOrDefault(unsupported => unsupported.Check == check);
        Assert.SkipWhen(unsupported is not null, unsupported?.Reason ?? "");
        return entry;
    }

    private static EntryOption? PlaceOf(CatalogueEntry entry) => catalogue.Find(typeof(Train))!.Options.FirstOrDefault(option =>
        option.Shape is OptionShape.Entry { Type: var kind } && kind == entry.Kind.Type
        || option.Shape is OptionShape.List { Item: OptionShape.Entry { Type: var item } } && item == entry.Kind.Type);
}

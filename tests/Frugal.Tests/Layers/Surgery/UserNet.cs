using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Tests.Layers.Surgery;

/// <summary>A network as a user writes it, with children in every kind of place.</summary>
internal sealed class UserNet : Module<Tensor, Tensor>
{
    private Module<Tensor, Tensor> wide = Linear(4, 4);
    private readonly Linear narrow = Linear(4, 4);
    private readonly Module<Tensor, Tensor>[] array = [Linear(4, 4), Linear(4, 4)];
    private readonly List<Module<Tensor, Tensor>> list = [Linear(4, 4)];
    private readonly List<Linear> narrowList = [Linear(4, 4)];
    private readonly Dictionary<string, Module<Tensor, Tensor>> dictionary = new() { ["key"] = Linear(4, 4) };
    private readonly ModuleList<Module<Tensor, Tensor>> moduleList = ModuleList<Module<Tensor, Tensor>>(Linear(4, 4), Linear(4, 4));
    private readonly ModuleList<Linear> narrowModuleList = ModuleList<Linear>(Linear(4, 4));
    private readonly ModuleDict<Module<Tensor, Tensor>> moduleDict = ModuleDict<Module<Tensor, Tensor>>(("a", Linear(4, 4)), ("b", Linear(4, 4)));
    private readonly Sequential sequential = Sequential(("first", Linear(4, 4)), ("second", ReLU()));
    private readonly Holder holder = new(Linear(4, 4));

    public UserNet() : base(nameof(UserNet))
    {
        Property = Linear(4, 4);
        register_module("Property", Property);
        register_module("array0", array[0]);
        register_module("array1", array[1]);
        register_module("list0", list[0]);
        register_module("narrowList0", narrowList[0]);
        register_module("key", dictionary["key"]);
        register_module("indirect", Indirect);
        register_module("lost", new Holder(Linear(4, 4)).Module);
        RegisterComponents();
    }

    private Module<Tensor, Tensor> Property { get; set; }

    private Module<Tensor, Tensor> Indirect
    {
        get => holder.Module;
        set => holder.Module = value;
    }

    /// <summary>Every child is called, so that a replaced one must show in the output.</summary>
    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        var result = wide.call(input) + narrow.call(input) + Property.call(input) + Indirect.call(input) + sequential.call(input);
        foreach (var module in array.Concat(list).Concat(narrowList).Concat(dictionary.Values).Concat(moduleList).Concat(narrowModuleList).Concat(moduleDict.values()))
            result += module.call(input);
        return result.MoveToOuterDisposeScope();
    }

    private sealed class Holder(Module<Tensor, Tensor> module)
    {
        public Module<Tensor, Tensor> Module { get; set; } = module;
    }
}

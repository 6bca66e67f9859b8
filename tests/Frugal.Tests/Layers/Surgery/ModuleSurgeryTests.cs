using Frugal.Layers.Surgery;
using Frugal.Models.Vision;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Tests.Layers.Surgery;

public class ModuleSurgeryTests
{
    public class Replacing
    {
        [Theory]
        [InlineData("wide")]
        [InlineData("Property")]
        [InlineData("array0")]
        [InlineData("array1")]
        [InlineData("list0")]
        [InlineData("key")]
        [InlineData("indirect")]
        [InlineData("moduleList.1")]
        [InlineData("moduleDict.b")]
        [InlineData("sequential.first")]
        public void Changes_what_runs_and_what_is_registered(string path)
        {
            using var scope = NewDisposeScope();
            using var net = new UserNet();
            var input = randn(3, 4);
            var before = net.call(input);
            var names = net.named_parameters().Select(p => p.name).ToList();
            var modules = net.named_modules().Select(m => m.name).ToList();
            var old = (Module<Tensor, Tensor>)ModuleSurgery.Find(net, path);
            var oldOutput = old.call(input);

            var replacement = Linear(4, 4);
            ModuleSurgery.Replace(net, path, replacement);

            var change = replacement.call(input) - oldOutput;
            if (path == "sequential.first")
                change = replacement.call(input).relu() - oldOutput.relu();
            Assert.True(net.call(input).allclose(before + change, atol: 1e-5));
            Assert.Same(replacement, ModuleSurgery.Find(net, path));
            Assert.Equal(names, net.named_parameters().Select(p => p.name));
            Assert.Equal(modules, net.named_modules().Select(m => m.name));
        }

        [Fact]
        public void Frees_what_was_there()
        {
            using var net = new UserNet();
            var old = (Linear)ModuleSurgery.Find(net, "wide");
            var weight = old.weight;
            ModuleSurgery.Replace(net, "wide", Linear(4, 4));
            Assert.True(weight.IsInvalid);
        }

        [Fact]
        public void Spares_a_module_that_the_newcomer_wraps()
        {
            using var scope = NewDisposeScope();
            using var net = new UserNet();
            var old = (Linear)ModuleSurgery.Find(net, "wide");
            ModuleSurgery.Replace(net, "wide", Sequential(old, ReLU()));
            Assert.False(old.weight.IsInvalid);
            net.call(randn(1, 4));
        }

        [Fact]
        public void Spares_tensors_that_the_newcomer_took_over()
        {
            using var net = new UserNet();
            var old = (Linear)ModuleSurgery.Find(net, "wide");
            ModuleSurgery.Replace(net, "wide", Linear(old.weight, old.bias));
            Assert.False(old.weight.IsInvalid);
        }

        [Fact]
        public void Spares_a_module_that_another_path_shares()
        {
            var shared = Linear(4, 4);
            using var net = Sequential(("a", shared), ("b", shared));
            ModuleSurgery.Replace(net, "a", Identity());
            Assert.Same(shared, ModuleSurgery.Find(net, "b"));
            Assert.False(shared.weight.IsInvalid);
        }

        [Theory]
        [InlineData(true)]
        [InlineData(false)]
        public void Takes_over_training_mode_and_type(bool training)
        {
            using var net = Sequential(("first", Linear(4, 4)), ("second", ReLU()));
            net.to(ScalarType.Float64);
            net.train(training);
            var replacement = Sequential(Linear(4, 8), Dropout(), Linear(8, 4));
            ModuleSurgery.Replace(net, "first", replacement);
            Assert.All(replacement.modules(), module => Assert.Equal(training, module.training));
            Assert.All(replacement.parameters(), parameter => Assert.Equal(ScalarType.Float64, parameter.dtype));
        }

        [Fact]
        public void Takes_the_networks_type_where_the_old_module_had_no_weights()
        {
            using var net = Sequential(("first", Linear(4, 4)), ("second", ReLU()));
            net.to(ScalarType.Float64);
            var replacement = Linear(4, 4);
            ModuleSurgery.Replace(net, "second", replacement);
            Assert.Equal(ScalarType.Float64, replacement.weight.dtype);
        }

        [Fact]
        public void Weights_can_still_be_moved_afterwards()
        {
            using var net = new MlpConfig { HiddenSizes = [4], ImageSize = 2 }.Build();
            ModuleSurgery.Replace(net, "head", Linear(4, 4));
            net.to(ScalarType.Float64);
            Assert.All(net.parameters(), parameter => Assert.Equal(ScalarType.Float64, parameter.dtype));
        }

        [Fact]
        public void A_module_under_two_names_of_one_member_changes_under_both()
        {
            using var net = new UserNet();
            ModuleSurgery.Replace(net, "Property", Identity());
            Assert.DoesNotContain(net.named_children(), child => child.name.Contains("Property", StringComparison.Ordinal) && child.module is Linear);
        }

        [Fact]
        public void Several_are_replaced_or_none()
        {
            using var net = new UserNet();
            var old = ModuleSurgery.Find(net, "wide");
            Assert.Throws<FrugalException>(() => ModuleSurgery.ReplaceAll(net, [("wide", Identity()), ("narrow", Identity())]));
            Assert.Same(old, ModuleSurgery.Find(net, "wide"));
            ModuleSurgery.ReplaceAll(net, [("wide", Identity()), ("moduleDict.a", Identity())]);
            Assert.IsType<Identity>(ModuleSurgery.Find(net, "wide"));
            Assert.IsType<Identity>(ModuleSurgery.Find(net, "moduleDict.a"));
        }
    }

    public class Refusing
    {
        private static string ErrorOf(string path, Module replacement)
        {
            using var net = new UserNet();
            return Assert.Throws<FrugalException>(() => ModuleSurgery.Replace(net, path, replacement)).Message;
        }

        [Theory]
        [InlineData("narrow", "UserNet.narrow is declared as Linear", "declare it as Module<Tensor, Tensor>")]
        [InlineData("narrowList0", "UserNet.narrowList is declared as List<Linear>", "declare it as List<Module<Tensor, Tensor>>")]
        [InlineData("narrowModuleList.0", "is declared as ModuleList<Linear>", "declare it as ModuleList<Module<Tensor, Tensor>>")]
        public void Names_the_member_that_is_too_narrow_and_how_to_widen_it(string path, string declared, string widened)
        {
            string error = ErrorOf(path, ReLU());
            Assert.Contains($"'{path}' cannot be replaced by ReLU", error, StringComparison.Ordinal);
            Assert.Contains(declared, error, StringComparison.Ordinal);
            Assert.Contains(widened, error, StringComparison.Ordinal);
        }

        [Fact]
        public void A_narrow_member_takes_its_own_type()
        {
            using var net = new UserNet();
            ModuleSurgery.Replace(net, "narrow", Linear(4, 4));
        }

        [Fact]
        public void Says_when_no_member_holds_the_module() =>
            Assert.Contains("another module would never run", ErrorOf("lost", Identity()), StringComparison.Ordinal);

        [Theory]
        [InlineData("wid", "did you mean `wide`?")]
        [InlineData("moduleList.7", "moduleList (ModuleList) has 0, 1")]
        [InlineData("wide.weight", "wide (Linear) has no modules")]
        public void Says_where_a_path_leaves_the_network(string path, string reason) =>
            Assert.Contains(reason, ErrorOf(path, Identity()), StringComparison.Ordinal);
    }
}

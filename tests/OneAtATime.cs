// One process has one stream of libtorch's random numbers, one number of threads and one peak of memory: a test beside another would draw from the other's stream, and two
// networks built from one seed would differ. It costs nothing: libtorch computes with one thread, and a machine with more cores runs the test programs side by side.
[assembly: CollectionBehavior(CollectionBehavior.CollectionPerAssembly)]
[assembly: AssemblyFixture(typeof(LibTorchFixture))]

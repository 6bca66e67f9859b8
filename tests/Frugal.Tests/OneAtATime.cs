// One process has one stream of libtorch's random numbers, one number of threads and one peak of memory: a test beside another would draw from the other's stream, and two
// networks built from one seed would differ. It costs nothing: libtorch takes all cores for one test, and two at once get into each other's way.
[assembly: CollectionBehavior(CollectionBehavior.CollectionPerAssembly)]

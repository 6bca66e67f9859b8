namespace Frugal.Data.Text.Generated;

/// <summary>The domains that models are trained on: people, towns and animals.</summary>
internal static class InDomain
{
    public static QuestionDomain[] All { get; } =
    [
        new("people",
            ["Anna", "Boris", "Clara", "David", "Elena", "Felix", "Greta", "Hugo", "Irene", "Jonas"], ["Berg", "Costa", "Dumont", "Evans", "Fischer", "Garcia", "Hansen", "Ito", "Jensen", "Kovacs"],
            [
                new(["Lisbon", "Oslo", "Prague", "Vienna", "Dublin", "Athens", "Madrid", "Warsaw", "Tallinn", "Zagreb"],
                    ["{e} was born in {v} .", "The birthplace of {e} is {v} .", "{e} came into the world in {v} ."],
                    ["Where was {e} born ?", "In which city was {e} born ?", "What is the birthplace of {e} ?"]),
                new(["a baker", "a surgeon", "a painter", "a lawyer", "a farmer", "a sailor", "a piano teacher", "a bridge engineer"],
                    ["{e} worked as {v} .", "By trade {e} was {v} .", "{e} earned a living as {v} ."],
                    ["What did {e} work as ?", "What was the trade of {e} ?", "How did {e} earn a living ?"]),
                new(["chess", "rowing", "old maps", "mountain walks", "jazz records", "wild mushrooms", "poetry", "toy trains"],
                    ["In spare hours {e} loved {v} .", "The great passion of {e} was {v} .", "{e} spent every weekend on {v} ."],
                    ["What did {e} love ?", "What was the passion of {e} ?"]),
                new(["19##", "18##"], ["{e} died in {v} .", "The life of {e} ended in {v} ."], ["When did {e} die ?", "In which year did the life of {e} end ?"]),
            ],
            ["Few letters from that time are left .", "The family never spoke about it .", "Neighbours remember quiet evenings .", "A street was named later ."]),
        new("towns",
            ["North", "South", "Old", "New", "Upper", "Lower", "Little", "Great"], ["Harwick", "Brenton", "Calder", "Dunmore", "Elmsford", "Farley", "Grantham", "Holt"],
            [
                new(["#,### people", "##,### people", "### people"], ["{e} has {v} .", "{v} live in {e} .", "The last count found {v} in {e} ."], ["How many people live in {e} ?", "What is the population of {e} ?"]),
                new(["the river Tarn", "a salt lake", "the western coast", "a chalk hill", "the old border", "two forests"],
                    ["{e} lies by {v} .", "The houses of {e} stand close to {v} .", "Travellers find {e} near {v} ."], ["Where does {e} lie ?", "What is {e} close to ?"]),
                new(["its cheese", "a glass factory", "the spring fair", "woollen cloth", "its stone bridge", "black pottery"],
                    ["{e} is known for {v} .", "The fame of {e} rests on {v} .", "Visitors come to {e} because of {v} ."], ["What is {e} known for ?", "Why do visitors come to {e} ?"]),
                new(["mayor Lund", "mayor Okafor", "mayor Silva", "mayor Petrov", "mayor Quinn", "mayor Rossi"], ["{e} is run by {v} .", "The council of {e} follows {v} ."], ["Who runs {e} ?", "Who leads the council of {e} ?"]),
            ],
            ["The railway closed long ago .", "Winters are mild there .", "A new school is being built .", "Buses leave every hour ."]),
        new("animals",
            ["spotted", "grey", "crested", "dwarf", "giant", "striped", "golden", "silent"], ["heron", "lynx", "otter", "gecko", "weasel", "falcon", "badger", "toad"],
            [
                new(["small fish", "beetles", "bird eggs", "roots and seeds", "river snails", "young rabbits"], ["The {e} eats {v} .", "The diet of the {e} is {v} .", "At dusk the {e} hunts for {v} ."],
                    ["What does the {e} eat ?", "What is the diet of the {e} ?"]),
                new(["# years", "## years"], ["The {e} lives for {v} .", "A {e} reaches an age of {v} ."], ["How long does the {e} live ?", "What age does the {e} reach ?"]),
                new(["hollow trees", "reed beds", "deep burrows", "sea cliffs", "stone walls", "dry caves"], ["The {e} sleeps in {v} .", "Nests of the {e} are found in {v} ."],
                    ["Where does the {e} sleep ?", "Where are nests of the {e} found ?"]),
                new(["the red fox", "floods", "cold winters", "fishing nets", "the eagle owl", "poisoned bait"], ["The worst enemy of the {e} is {v} .", "Many a {e} is killed by {v} ."],
                    ["What is the worst enemy of the {e} ?", "What kills the {e} ?"]),
            ],
            ["Its call is seldom heard .", "Both parents raise the young .", "It was first described by monks .", "Numbers have been stable ."]),
    ];
}

namespace Frugal.Data.Text.Generated;

/// <summary>The domains that are kept from training: ships, plays and planets, told and asked about in other ways.</summary>
internal static class OutOfDomain
{
    public static QuestionDomain[] All { get; } =
    [
        new("ships",
            ["HMS", "SS", "MV", "USS"], ["Albatross", "Borealis", "Corsair", "Dauntless", "Endeavour", "Fortuna", "Gallant", "Halcyon", "Intrepid", "Juno"],
            [
                new(["captain Morrow", "captain Blythe", "captain Drake", "captain Sato", "captain Varga"], ["{v} had command of {e} .", "On the bridge of {e} stood {v} ."],
                    ["Which officer had command of {e} ?", "Name the one on the bridge of {e} ."]),
                new(["grain", "coal", "spices", "machine parts", "timber", "bananas"], ["The holds of {e} were full of {v} .", "{v} made up the freight aboard {e} ."],
                    ["What filled the holds of {e} ?", "Which freight was aboard {e} ?"]),
                new(["a coral reef", "an iceberg", "a drifting mine", "Cape Wrath", "a sandbank"], ["{e} sank after striking {v} .", "It was {v} that sent {e} to the bottom ."],
                    ["What did {e} strike ?", "What sent {e} to the bottom ?"]),
                new(["### metres", "## metres"], ["From bow to stern {e} measured {v} .", "The hull of {e} was {v} long ."], ["What length had the hull of {e} ?", "From bow to stern , how much did {e} measure ?"]),
            ],
            ["The log book is lost .", "Salvage crews gave up in autumn .", "A bell was recovered by divers ."]),
        new("plays",
            ["The Broken", "The Crimson", "The Last", "The Paper", "The Hidden", "The Marble"], ["Crown", "Lantern", "Orchard", "Mirror", "Bride", "Garden", "Staircase", "Winter"],
            [
                new(["Marlo Finch", "Ada Thorne", "Ruben Ash", "Celia Voss", "Tobias Wren"], ["{v} wrote {e} .", "{e} flowed from the pen of {v} ."], ["Whose work is {e} ?", "From whose pen did {e} flow ?"]),
                new(["a ruined abbey", "a night train", "the palace kitchen", "a lighthouse", "a trench"], ["{e} is set in {v} .", "The scenes of {e} unfold inside {v} ."],
                    ["In what setting does {e} unfold ?", "Name the setting of {e} ."]),
                new(["three acts", "five acts", "two acts", "a single act", "seven acts"], ["{e} consists of {v} .", "The author split {e} into {v} ."], ["Of how many acts does {e} consist ?", "Into what was {e} split ?"]),
                new(["jealousy", "exile", "a lost inheritance", "mistaken identity", "forbidden love"], ["{e} deals with {v} .", "At the heart of {e} is {v} ."], ["With what does {e} deal ?", "Which theme is at the heart of {e} ?"]),
            ],
            ["Critics were divided at the premiere .", "The costumes cost a fortune .", "Tickets sold out within a morning ."]),
        new("planets",
            ["Kepler", "Gliese", "Tau", "Vega", "Rigel", "Altair"], ["b", "c", "d", "prime", "minor", "secundus"],
            [
                new(["## days", "### days"], ["One orbit of {e} takes {v} .", "{e} circles its star within {v} ."], ["What does one orbit of {e} take ?", "Within what time does {e} circle its star ?"]),
                new(["methane", "nitrogen", "sulphur vapour", "helium", "carbon dioxide"], ["The atmosphere of {e} is mostly {v} .", "Spectra of {e} reveal {v} ."],
                    ["Which gas makes up the atmosphere of {e} ?", "What do spectra of {e} reveal ?"]),
                new(["the Hale survey", "a Chilean team", "amateur observers", "the Orion probe", "two students"], ["{e} was detected by {v} .", "Credit for finding {e} goes to {v} ."],
                    ["By whom was {e} detected ?", "To whom goes credit for finding {e} ?"]),
                new(["molten lava", "frozen ammonia", "grey dust", "liquid water", "black glass"], ["The surface of {e} is covered with {v} .", "{v} hides the ground of {e} ."],
                    ["With what is the surface of {e} covered ?", "What hides the ground of {e} ?"]),
            ],
            ["Its star flares every few weeks .", "Further observations are planned .", "The data were released in spring ."]),
    ];
}

namespace Frugal.Data.Drawing;

/// <summary>
/// How the ten digits are written, each in the two or three ways that people write them. Coordinates: the digit's box is about one high, its centre the origin.
/// </summary>
internal static class DigitShapes
{
    private static readonly Stroke[][][] Variants =
    [
        [ // 0
            [Closed(0, -.5, -.24, -.35, -.3, 0, -.24, .35, 0, .5, .24, .35, .3, 0, .24, -.35)],
            [Closed(.05, -.5, -.2, -.38, -.3, .05, -.18, .42, .05, .48, .26, .3, .28, -.1, .2, -.4)],
        ],
        [ // 1
            [Open(0, -.5, 0, .5)],
            [Open(-.2, -.28, .04, -.5), Open(.04, -.5, .04, .5)],
            [Open(-.2, -.28, .02, -.5), Open(.02, -.5, .02, .5), Open(-.2, .5, .24, .5)],
        ],
        [ // 2
            [Open(-.26, -.28, -.14, -.46, .1, -.5, .26, -.34, .2, -.1, -.04, .2, -.3, .48), Open(-.3, .48, .3, .46)],
            [Open(-.28, -.3, -.1, -.5, .16, -.46, .26, -.24, .12, .04, -.12, .34, -.28, .4, -.26, .24, -.06, .3, .12, .48, .32, .4)],
        ],
        [ // 3
            [Open(-.26, -.4, -.02, -.5, .22, -.38, .2, -.14, -.04, -.02), Open(-.04, -.02, .22, .08, .28, .3, .04, .5, -.28, .4)],
            [Open(-.26, -.48, .24, -.48), Open(.24, -.48, -.04, -.1), Open(-.04, -.1, .2, -.04, .28, .2, .14, .44, -.1, .5, -.28, .4)],
        ],
        [ // 4
            [Open(-.08, -.5, -.3, .14), Open(-.3, .14, .32, .12), Open(.14, -.3, .14, .5)],
            [Open(.14, -.5, -.32, .18), Open(-.32, .18, .34, .18), Open(.14, -.5, .14, .5)],
        ],
        [ // 5
            [Open(.26, -.48, -.2, -.48), Open(-.2, -.48, -.24, -.06), Open(-.24, -.06, .04, -.14, .26, .04, .26, .3, .02, .5, -.28, .4)],
            [Open(.28, -.5, -.14, -.44), Open(-.14, -.44, -.22, -.12, .04, -.1, .22, .08, .2, .36, -.02, .5, -.26, .44)],
        ],
        [ // 6
            [Open(.2, -.48, -.08, -.3, -.26, .06, -.22, .38, .02, .5, .26, .34, .22, .08, .0, .0, -.24, .16)],
            [Open(.06, -.5, -.2, -.14, -.28, .22, -.1, .48, .16, .46, .28, .24, .12, .06, -.1, .12, -.22, .3)],
        ],
        [ // 7
            [Open(-.28, -.48, .28, -.48), Open(.28, -.48, .06, -.04, -.06, .5)],
            [Open(-.28, -.46, .28, -.48), Open(.28, -.48, -.08, .5), Open(-.14, .0, .24, -.02)],
        ],
        [ // 8
            [Closed(0, -.5, -.22, -.38, -.18, -.14, 0, -.02, .22, .16, .22, .4, 0, .5, -.22, .4, -.22, .16, 0, -.02, .18, -.14, .22, -.38)],
            [Closed(0, -.5, -.2, -.3, 0, -.06, .2, -.3), Closed(0, -.06, -.26, .22, 0, .5, .26, .22)],
        ],
        [ // 9
            [Closed(.22, -.22, .08, -.46, -.18, -.42, -.26, -.18, -.08, .02, .16, -.06), Open(.22, -.3, .2, .1, .1, .5)],
            [Open(.24, -.34, .04, -.5, -.22, -.36, -.24, -.1, -.04, .02, .2, -.14, .24, -.34, .24, .08, .14, .4, -.1, .5, -.24, .4)],
        ],
    ];

    /// <summary>Number of classes.</summary>
    public static int Count => Variants.Length;

    /// <summary>The strokes of a digit, written in one of its ways.</summary>
    public static Stroke[] Draw(int digit, RandomStream random) => Variants[digit][random.NextInt(Variants[digit].Length)];

    private static Stroke Open(params ReadOnlySpan<double> coordinates) => new(Pairs(coordinates));

    private static Stroke Closed(params ReadOnlySpan<double> coordinates) => new(Pairs(coordinates), IsClosed: true);

    private static Point[] Pairs(ReadOnlySpan<double> coordinates)
    {
        var points = new Point[coordinates.Length / 2];
        for (int i = 0; i < points.Length; i++)
            points[i] = new Point(coordinates[2 * i], coordinates[2 * i + 1]);
        return points;
    }
}

using System;
using System.Collections.Generic;
using System.Text;

namespace NsModule.UnitTests.Terminal;

/// <summary>Random output in which sequences are frequent enough to meet each other in every state.</summary>
internal static class TerminalFuzz
{
    private static readonly string[] s_parts =
    [
        "text", "\r\n", "\n", "\r", "\b", "\t", "\e", "\e[", "\e[?", "\e]0;", "\a", "\eP", "\e\\", "日", "é", "e\u0301", "👍", "\u009b",
        "\u009c", "\x18",
        "\e(0", "\e(B", "\x0e", "\x0f", "\e7", "\e8", "\eD", "\eE", "\eM", "\eH", "\ec", "\e#8", "\e[?1049h", "\e[?1049l", "\e[?6h",
        "\e[?6l", "\e[?7l", "\e[?7h", "\e[4h", "\e[4l", "\e[!p",
        "\e[?45h", "\e[?45l", "\e[?1045h", "\e[?1045l", "\e[3J", "\e[4:3m", "\e[38:2::1:2:3m", "\e[48;5;7m", "\e[:::;:1m",
    ];

    public static byte[] Output(Random random, int parts)
    {
        var output = new List<byte>();
        for (int i = 0; i < parts; i++)
        {
            switch (random.Next(4))
            {
                case 0:
                    output.Add((byte)random.Next(256));
                    break;
                case 1:
                    string final = "@ABCDEFGHIJKLMPSTXZ`abdefghlmrsu"[random.Next(32)].ToString();
                    output.AddRange(Encoding.ASCII.GetBytes(
                        $"\e[{random.Next(-5, 40)};{random.Next(90)}{final}".Replace("-", "", StringComparison.Ordinal)));
                    break;
                default:
                    output.AddRange(Encoding.UTF8.GetBytes(s_parts[random.Next(s_parts.Length)]));
                    break;
            }
        }

        return [.. output];
    }
}

using System.Text;

namespace NsModule.Native;

/// <summary>Strings as the kernel takes them: UTF-8, ended by a NUL.</summary>
internal static class CString
{
    public static byte[] From(string text)
    {
        var bytes = new byte[Encoding.UTF8.GetByteCount(text) + 1];
        _ = Encoding.UTF8.GetBytes(text, bytes);
        return bytes;
    }
}

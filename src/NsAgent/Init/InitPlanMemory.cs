using System;
using System.Collections.Generic;
using System.Linq;
using System.Runtime.InteropServices;
using NsModule.Native;

namespace NsModule.Agent.Init;

/// <summary>Unmanaged memory that an <see cref="InitPlan"/> points into, freed as one.</summary>
internal sealed unsafe class InitPlanMemory : IDisposable
{
    private readonly List<nint> _blocks = [];

    public byte* String(string text) => Copy(CString.From(text));

    public byte* Copy(ReadOnlySpan<byte> bytes)
    {
        byte* copy = (byte*)Allocate(bytes.Length);
        bytes.CopyTo(new Span<byte>(copy, bytes.Length));
        return copy;
    }

    /// <summary>A vector ended by a null, as execve(2) takes it.</summary>
    public byte** Vector(IReadOnlyCollection<string> strings)
    {
        byte** vector = (byte**)Allocate((strings.Count + 1) * sizeof(byte*));
        foreach ((int i, string text) in strings.Index())
        {
            vector[i] = String(text);
        }

        vector[strings.Count] = null;
        return vector;
    }

    public void* Allocate(int size)
    {
        void* block = NativeMemory.AllocZeroed((nuint)Math.Max(size, 1));
        _blocks.Add((nint)block);
        return block;
    }

    public void Dispose()
    {
        foreach (nint block in _blocks)
        {
            NativeMemory.Free((void*)block);
        }

        _blocks.Clear();
    }
}

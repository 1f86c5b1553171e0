using System;
using NsModule.Agent.Attach;
using NsModule.Agent.Events;
using NsModule.Agent.Probe;
using NsModule.Agent.Supervisor;
using NsModule.Native;

namespace NsModule.Agent;

/// <summary>The native side of NsModule, started by the module alone.</summary>
internal static class Program
{
    private static int Main(string[] args)
    {
        // Whatever pwsh inherited without close-on-exec ends here.
        _ = Sys.close_range(3, uint.MaxValue);
        SignalMask.Block();
        ProgramName.Set();
        switch (args)
        {
            case ["supervise", string directory]:
                return SuperviseRole.Run(directory);
            case ["attach", string socket, string parentPid, .. string[] options]:
                return AttachRole.Run(socket, parentPid, options);
            case ["probe"]:
                return ProbeRole.Run();
            default:
                Console.Error.WriteLine("ns-agent is a part of NsModule and is started by its cmdlets, such as Enter-NsTerminal.");
                return 2;
        }
    }
}

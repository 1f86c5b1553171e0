BeforeAll {
    . $PSScriptRoot/Support/Common.ps1
}

AfterAll {
    Remove-TestSession
}

Describe '-Network' {
    It 'is Host by default, and None with a Net namespace' {
        $session = New-TestSession
        $session.Network | Should -Be Host
        $session.Namespaces.net | Should -Be ([System.IO.FileInfo]::new('/proc/self/ns/net').LinkTarget -replace '\D')
        (Start-NsProcess sleep 1000 -Name (New-SessionName) -Namespace Net).Network | Should -Be None
    }

    It 'None has a namespace with loopback in both protocols and nothing else' {
        $session = Start-NsProcess -Network None -Name (New-SessionName) -Wait -- sh -c '
            cut -c1-32,33- /proc/net/if_inet6; tail -n +3 /proc/net/dev | cut -d: -f1'
        $session.ExitCode | Should -Be 0
        $session.Network | Should -Be None
        $session.IPAddress | Should -BeNullOrEmpty
        $session.Namespaces.net | Should -Not -Be ([System.IO.FileInfo]::new('/proc/self/ns/net').LinkTarget -replace '\D')
        $lines = (Receive-NsOutput $session).Text.Trim()
        $lines | Should -Contain 'lo'
        @($lines -match '^0{31}1 .* lo$').Count | Should -Be 1
        $lines | Should -Not -Contain 'eth0'
    }

    It 'says NetworkConflict for Host with a Net namespace' {
        { Start-NsProcess true -Network Host -Namespace Net, Pid } |
            Should -Throw -ErrorId 'NetworkConflict,NsModule.Commands.StartNsProcessCommand'
    }

    It 'does not go with -Join' {
        $session = New-TestSession
        { Start-NsProcess true -Join $session -Network None } | Should -Throw -ErrorId 'ParameterNotForJoin,*'
        { Start-NsProcess true -Join $session -PublishPort '1:1' } | Should -Throw -ErrorId 'ParameterNotForJoin,*'
    }

    It 'completes its values' {
        $line = 'Start-NsProcess -Network '
        (TabExpansion2 $line $line.Length).CompletionMatches.CompletionText | Should -Be Host, None, Private
    }

    It 'says with -WhatIf what Private does, and does nothing' {
        $name = New-SessionName
        Invoke-Pwsh "Start-NsProcess true -Name $name -Network Private -WhatIf" | Out-String | Should -Match 'with a private network'
        Get-NsProcess "$name*" | Should -BeNullOrEmpty
    }

    # In a network namespace of this test's own, which has such a switch of its own.
    It 'says with -WhatIf that the host begins to pass packets on, where net.ipv4.ip_forward is <Before>: <Says>' -Tag Root -ForEach @(
        @{ Before = 0; Says = $true }
        @{ Before = 1; Says = $false }
    ) {
        $forwarding = 'unshare', '--net', 'sh', '-c', "echo $Before >/proc/sys/net/ipv4/ip_forward && exec `"`$@`"", 'sh'
        $shown = Invoke-Pwsh 'Start-NsProcess true -Network Private -WhatIf' -Through $forwarding | Out-String
        $shown | Should -Match 'with a private network'
        $shown -match 'net\.ipv4\.ip_forward = 1' | Should -Be $Says
    }
}

Describe '-PublishPort' {
    It 'says InvalidPublishedPort for <_>' -ForEach '80', '0:80', '65536:80', '80:0', '8080:80/sctp', 'localhost:8080:80', 'x', ':80' {
        { Start-NsProcess true -Network Private -PublishPort $_ } |
            Should -Throw -ErrorId 'InvalidPublishedPort,NsModule.Commands.StartNsProcessCommand'
    }

    It 'says PublishedPortConflict for two of one port, in whatever form' {
        { Start-NsProcess true -Network Private -PublishPort 8080:80, @{ 8080 = 81 } } | Should -Throw -ErrorId 'PublishedPortConflict,*'
        { Start-NsProcess true -Network Private -PublishPort 8080:80, @{ '127.0.0.1:8080' = '80/tcp' } } |
            Should -Throw -ErrorId 'PublishedPortConflict,*'
    }

    It 'says NetworkRequired with -Network <_>' -ForEach 'Host', 'None' {
        { Start-NsProcess true -Network $_ -PublishPort 8080:80 } | Should -Throw -ErrorId 'NetworkRequired,*'
    }

    It 'says NetworkRequired without -Network' {
        { Start-NsProcess true -PublishPort 8080:80 } | Should -Throw -ErrorId 'NetworkRequired,*'
    }
}

# In a network namespace of this test's own, so that the host's stays as it is.
Describe 'A private network' -Tag Root {
    It 'has an address, a way out, and published ports' {
        $script = @'
            ip link set lo up
            $s = Start-NsProcess -Network Private -PublishPort @{ '127.0.0.1:8080' = 80 } -- sh -c '
                ip -o route; busybox nc -ll -p 80 -e echo served &
                until grep -q ":0050 .* 0A" /proc/net/tcp*; do :; done; echo listening; wait'
            try {
                [void](Wait-NsOutput $s listening -TimeoutSec 120)
                "network $($s.Network) $($s.IPAddress) $($s.PublishedPorts)"
                (Receive-NsOutput $s -PlainText -Raw)
                $client = [Net.Sockets.TcpClient]::new('127.0.0.1', 8080)
                "port " + [IO.StreamReader]::new($client.GetStream()).ReadToEnd()
            }
            finally {
                $s | Stop-NsProcess -PassThru -Confirm:$false | Remove-NsProcess
            }
            "left <$(ip -o link | Select-String nsm)$(nft list tables)>"
'@
        $shown = Invoke-Pwsh $script -Through unshare, --net | Out-String
        [void](unshare --net sh -c 'ip link add type veth && nft add table ip t' 2>&1)
        if ($LASTEXITCODE -ne 0) {
            $shown | Should -Match 'veth|nf_tables|CAP_NET_ADMIN'
            return
        }
        $shown | Should -Match 'network Private 10\.219\.0\.2 127\.0\.0\.1:8080:80/tcp'
        $shown | Should -Match 'default via 10\.219\.0\.1'
        $shown | Should -Match 'port served'
        $shown | Should -Match 'left <>'
    }
}

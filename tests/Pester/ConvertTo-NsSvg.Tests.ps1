BeforeAll {
    . $PSScriptRoot/Support/Common.ps1

    # Shows text, in which \033 is ESC, on a screen of 40 columns and 10 rows, and returns the session once it all is there.
    function Show-Text {
        param([string] $Text)
        # What is typed must not be echoed, which would move the text down: it waits until the terminal is so.
        $script = 'stty -echo; printf start; read -r line; printf "\033[2J\033[H$1\033[10;1Hready"; sleep 1000'
        $session = Start-NsProcess sh -ArgumentList '-c', $script, 'sh', $Text -Name (New-SessionName)
        $null = Wait-NsOutput $session start -TimeoutSec $Patience
        Resize-NsTerminal $session -Columns 40 -Rows 10
        Send-NsInput $session '' -Line
        $null = Wait-NsOutput $session ready -TimeoutSec $Patience
        $session
    }

    # With a font of size 10 a cell is 6 by 12.
    function ConvertTo-Picture {
        param([Parameter(ValueFromPipeline)] $Screen)
        process { [xml]($Screen | ConvertTo-NsSvg -FontSize 10) }
    }

    function Get-Text {
        param([xml] $Picture, [string] $Text)
        $Picture.GetElementsByTagName('text') | Where-Object InnerText -EQ $Text
    }

    function Get-Rectangle {
        param([xml] $Picture, [string] $Fill)
        $Picture.GetElementsByTagName('rect') | Where-Object { $_.fill -eq $Fill -and -not $_.class }
    }
}

AfterAll {
    Remove-TestSession
}

Describe 'ConvertTo-NsSvg' {
    It 'draws colours, attributes and the cursor' {
        $session = Show-Text ('plain \033[31mred\033[0m \033[1;38;5;208;44mbold\033[0m\r\n' +
            '\033[38;2;1;2;3;3mmixed\033[0m\033[4:3mwave\033[0m\r\n\033[7minverse\033[0m\033[8msecret\033[0m')
        $picture = Get-NsScreen $session | ConvertTo-Picture
        $svg = $picture.svg
        $svg.NamespaceURI | Should -Be 'http://www.w3.org/2000/svg'
        $svg.width, $svg.height | Should -Be '240', '120'

        $red = Get-Text $picture red
        $red.fill, $red.x, $red.y, $red.textLength | Should -Be '#cd0000', '36', '9.5', '18'
        $bold = Get-Text $picture bold
        $bold.fill, $bold.'font-weight', $bold.x | Should -Be '#ff8700', 'bold', '60'
        $blue = Get-Rectangle $picture '#0000ee'
        $blue.x, $blue.y, $blue.width, $blue.height | Should -Be '60', '0', '24', '12'
        $mixed = Get-Text $picture mixed
        $mixed.fill, $mixed.'font-style', $mixed.y | Should -Be '#010203', 'italic', '21.5'
        $picture.GetElementsByTagName('path').d | Should -Match '^M30 '
        (Get-Text $picture inverse).fill | Should -Be '#000000'
        (Get-Rectangle $picture '#e5e5e5').width | Should -Be '42'
        $svg.InnerText | Should -Not -Match secret

        $cursor = $picture.GetElementsByTagName('rect') | Where-Object class -EQ cursor
        $cursor.x, $cursor.y, $cursor.width, $cursor.height | Should -Be '30', '108', '6', '12'
    }

    It 'draws no cursor that is hidden, and wide characters at their columns' {
        $session = Show-Text "\033[?25la日本語b"
        $picture = Get-NsScreen $session | ConvertTo-Picture
        $picture.GetElementsByTagName('rect') | Where-Object class -EQ cursor | Should -BeNullOrEmpty
        $wide = Get-Text $picture 日本語
        $wide.x, $wide.textLength | Should -Be '6', '36'
        (Get-Text $picture b).x | Should -Be '42'
    }

    It 'shows hostile output as text' {
        $session = Show-Text '<script>alert("x")</script>]]>\r\n&lt;\377\300\201\033]0;<b>]]>\001\007'
        $svg = Get-NsScreen $session | ConvertTo-NsSvg
        $svg -cmatch '[\p{Cc}-[\n]]' | Should -BeFalse
        $picture = [xml]$svg
        $picture.GetElementsByTagName('script') | Should -HaveCount 0
        (Get-Text $picture '<script>alert("x")</script>]]>') | Should -Not -BeNullOrEmpty
        $picture.DocumentElement.InnerText | Should -Match '&lt;'
        $picture.svg.title | Should -BeLike '<b>]]>*'
        $picture.SelectNodes('//@*') | Where-Object LocalName -Match '^(on|href)' | Should -BeNullOrEmpty
    }

    It 'takes a title and a size, and several screens' {
        $one = Show-Text one
        $two = Show-Text two
        $pictures = Get-NsScreen $one, $two | ConvertTo-NsSvg -FontSize 20 -Title ("a<&" + [char]0xd800 + [char]27)
        $pictures | Should -HaveCount 2
        ([xml]$pictures[1]).svg.title | Should -Be "a<&$([char]0xfffd)$([char]0xfffd)"
        ([xml]$pictures[0]).svg.width | Should -Be '480'
        (Get-Text $pictures[1] two).y | Should -Be '19'
        ([xml](ConvertTo-NsSvg (Get-NsScreen $one))).svg.title | Should -Be $one.Id
    }

    It 'is what Get-NsScreen -AsSvg returns' {
        $session = Show-Text '\033[32mgreen'
        $svg = Get-NsScreen $session -AsSvg
        $svg | Should -BeOfType string
        $svg | Should -Be (Get-NsScreen $session | ConvertTo-NsSvg)
    }

    It 'keeps the picture of a test that fails' {
        $session = Show-Text '\033[31mbroken'
        $file = Join-Path $TestDrive failed.svg
        {
            try { (Get-NsScreen $session).Text | Should -Match whole }
            catch { Get-NsScreen $session -AsSvg | Set-Content $file; throw }
        } | Should -Throw -ErrorId PesterAssertionFailed
        (Get-Text ([xml](Get-Content $file -Raw)) broken).fill | Should -Be '#cd0000'
    }

    It 'refuses what is no screen, and goes on' {
        $session = Show-Text one
        $pictures = 'text', (Get-NsScreen $session) | ConvertTo-NsSvg -ErrorVariable problems -ErrorAction SilentlyContinue
        $pictures | Should -HaveCount 1
        $problems | Should -HaveCount 1
        $problems[0].FullyQualifiedErrorId | Should -BeLike 'InvalidScreen,*'
        { Get-NsScreen $session | ConvertTo-NsSvg -FontSize 0 } | Should -Throw -ErrorId 'ParameterArgumentValidationError,*'
    }
}

Describe 'Runs of a screen' {
    It 'have colours and attributes as objects' {
        $session = Show-Text 'a\033[1;31mred\033[0m\033[4:2;38;5;208;48;2;1;2;3mb\033[0m\033[2;3;5;7;8;9mc\033[0m'
        $runs = (Get-NsScreen $session).Runs | Where-Object Row -EQ 0
        $runs.Text | Should -Be a, red, b, c
        $runs.Column | Should -Be 0, 1, 4, 5
        $runs.Width | Should -Be 1, 3, 1, 1
        $runs[0].Foreground.Kind, $runs[0].Background.Kind | Should -Be Default, Default
        $runs[1].Bold | Should -BeTrue
        $runs[1].Foreground.Index, $runs[1].Foreground.Rgb | Should -Be 1, '#cd0000'
        $runs[2].Underline | Should -Be Double
        "$($runs[2].Foreground) $($runs[2].Background)" | Should -Be '208 #010203'
        foreach ($attribute in 'Dim', 'Italic', 'Blink', 'Inverse', 'Invisible', 'Strike') {
            $runs[3].$attribute | Should -BeTrue -Because $attribute
            $runs[2].$attribute | Should -BeFalse -Because $attribute
        }
    }
}

using System;
using NsModule.Launching;
using NsModule.Protocol;
using NsModule.Sessions;
using NsModule.Specs;
using NsModule.Testing;
using Xunit;
using static Tmds.Linux.LibC;

namespace NsModule.UnitTests.Launching;

/// <summary>What the spawner makes of the supervisor's answer to a launch.</summary>
public sealed class AgentSpawnerTests
{
    private static readonly LaunchSpec s_spec = new() { Id = "0123456789ab", Name = "n" };
    private static readonly byte[] s_record = new SessionRecord { Id = s_spec.Id, Name = "n", State = NsSessionState.Running }.ToJson();

    [Fact]
    public void A_session_that_started_is_told_by_its_record() =>
        Assert.Equal(s_spec.Id, Read(new WireWriter(FrameKind.Started).Bytes(s_record).ToFrame())?.Id);

    [Fact]
    public void Half_an_answer_is_none_yet() =>
        Assert.Null(Read(new WireWriter(FrameKind.Started).Bytes(s_record).ToFrame()[..^1]));

    [Fact]
    public void A_launch_that_failed_says_why() => Errors.Thrown(
        NsErrorId.CommandNotFound,
        NsErrorKind.NotFound,
        () => Read(new LaunchFailure(LaunchStep.Exec, ENOENT, "nothing").ToFrame()));

    /// <summary>Only one kind of frame means success, whatever the others hold.</summary>
    [Theory]
    [InlineData(FrameKind.Launch)]
    [InlineData(FrameKind.Welcome)]
    [InlineData(FrameKind.Error)]
    [InlineData((FrameKind)0)]
    [InlineData((FrameKind)255)]
    public void Any_other_answer_is_a_failure_of_the_program(object kind) => Errors.Thrown(
        NsErrorId.AgentFailed,
        NsErrorKind.Installation,
        () => Read(new WireWriter((FrameKind)kind).Bytes(s_record).ToFrame()));

    [Theory]
    [InlineData("")]
    [InlineData("{\"version\":0}")]
    public void So_is_a_record_of_another_version(string json) => Errors.Thrown(
        NsErrorId.AgentFailed,
        NsErrorKind.Installation,
        () => Read(new WireWriter(FrameKind.Started).String(json).ToFrame()));

    [Fact]
    public void So_is_what_is_no_frame_at_all() => Errors.Thrown(
        NsErrorId.AgentFailed,
        NsErrorKind.Installation,
        () => Read([0xff, 0xff, 0xff, 0xff, 0xff]));

    private static SessionRecord? Read(byte[] answer)
    {
        var decoder = new FrameDecoder(capacity: answer.Length + 1);
        answer.CopyTo(decoder.Free);
        decoder.Advance(answer.Length);
        return AgentSpawner.ReadOutcome(decoder, s_spec);
    }
}

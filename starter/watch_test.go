package main

import (
	"bytes"
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	workflowpb "go.temporal.io/api/workflow/v1"

	"holdfast/activities"
	"holdfast/internal/backup"
	"holdfast/internal/cluster"
	"holdfast/internal/message"
)

func step(t *testing.T, name string, done activities.StepProgress) *workflowpb.PendingActivityInfo {
	t.Helper()
	details, err := cluster.DataConverter().ToPayloads(done)
	require.NoError(t, err)
	return &workflowpb.PendingActivityInfo{ActivityType: &commonpb.ActivityType{Name: name}, HeartbeatDetails: details}
}

func TestProgressAddsUpRunBatchesAndSteps(t *testing.T) {
	got := add([]part{
		{told: message.Progress{
			Phase: message.Capture, Items: 100, Shards: 9, ShardsDone: 2,
			Done: backup.Counts{Items: 20, Gone: 1, Attachments: 2, AttachmentBytes: 10, RawBytes: 100},
		}},
		{
			told: message.Progress{ShardsDone: 1, Waiting: "quota until 16:00Z", Done: backup.Counts{Items: 10, RawBytes: 50}},
			pending: []*workflowpb.PendingActivityInfo{
				step(t, "Export", activities.StepProgress{Items: 5, Bytes: 25}),
				step(t, "Upload", activities.StepProgress{Items: 99, Attachments: 3, Bytes: 7}),
				step(t, "Verify", activities.StepProgress{Items: 99, Attachments: 99, Bytes: 99}),
				{ActivityType: &commonpb.ActivityType{Name: "Export"}}, // not heard of yet
			},
		},
	})
	require.Equal(t, progress{
		Phase: message.Capture, Waiting: "quota until 16:00Z", Items: 100, ItemsDone: 36, Attachments: 5, Bytes: 192, Shards: 9, ShardsDone: 3,
	}, got)
}

func TestProgressNeverGoesBack(t *testing.T) {
	now := start
	w := &watcher{backupID: "jira-acme.1", now: func() time.Time { return now }}
	w.note(progress{Phase: message.Capture, Items: 100, ItemsDone: 40, Attachments: 3, Bytes: 9})
	now = now.Add(time.Second)
	got := w.note(progress{Phase: message.Capture, Items: 100, ItemsDone: 10, Attachments: 1, Bytes: 2})
	require.Equal(t, 40, got.ItemsDone)
	require.Equal(t, 3, got.Attachments)
	require.Equal(t, int64(9), got.Bytes)
	now = now.Add(time.Second)
	got = w.note(progress{Phase: message.Capture, Items: 100, ItemsDone: 60})
	require.InDelta(t, 10, got.Rate, 0.01, "20 items in 2 seconds")
	require.InDelta(t, 4, got.Remaining, 0.01, "40 items at 10 a second")
	now = now.Add(time.Second)
	got = w.note(progress{Phase: message.Capture, Items: 100, ItemsDone: 150, Waiting: "quota"})
	require.Equal(t, 100, got.ItemsDone, "a shard that is done twice counts once")
	require.Zero(t, got.Remaining)
}

func TestRateIsThatOfTheLastSeconds(t *testing.T) {
	var p pace
	require.Zero(t, p.rate(start, 0))
	for i := range 100 {
		p.rate(start.Add(time.Duration(i)*time.Second), 0)
	}
	require.InDelta(t, 300.0/30, p.rate(start.Add(100*time.Second), 300), 1, "what was long ago does not count")
	require.Less(t, len(p.seen), 40)
}

func TestBar(t *testing.T) {
	p := progress{Backup: "jira-acme.1", Phase: message.Capture, Items: 2000, ItemsDone: 900, Attachments: 120, Bytes: 5 << 20, Rate: 85.2, Remaining: 12.9}
	require.Equal(t, "capture     [#########...........]  45%  900/2,000 issues  120 attachments  5.0 MiB  85/s  about 13s left", line(p, 200))
	require.Equal(t, "capture     [#########....", line(p, 27), "a line is never broken")

	p.Waiting, p.Remaining = "quota until 16:00Z\x1b[2J", 0
	require.Contains(t, line(p, 200), "WAITING: quota until 16:00Z [2J  capture")

	p.ItemsDone = 2000
	require.Contains(t, gauge(p), " 99%", "it is not done before it is sealed")
	p.Phase = message.Done
	require.Contains(t, gauge(p), "100%")
	require.Equal(t, "census: 7 issues", line(progress{Backup: "jira-acme.1", Phase: message.Census, Items: 7}, 200))
	require.Equal(t, "12m", remaining(725))
}

func TestLinesAreWrittenWhenSomethingChanges(t *testing.T) {
	var out bytes.Buffer
	a := &app{streams: streams{out: &out}, output: "json"}
	d := a.newDisplay()
	p := progress{Event: "progress", Time: start, Backup: "jira-acme.1", Phase: message.Capture, Items: 10}
	d.show(p)
	p.Time, p.Rate = start.Add(time.Second), 3
	d.show(p)
	p.ItemsDone = 4
	d.show(p)
	require.Equal(t, 2, bytes.Count(out.Bytes(), []byte("\n")))
	var last map[string]any
	require.NoError(t, json.Unmarshal(bytes.Split(out.Bytes(), []byte("\n"))[1], &last))
	require.Equal(t, 4.0, last["itemsDone"])
	require.NotContains(t, last, "waiting")
}

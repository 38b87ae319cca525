package e2e

import (
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"holdfast/internal/archive"
	"holdfast/internal/backup"
	"holdfast/internal/message"
	"holdfast/internal/store/storetest"
)

// ends are the steps of the end of a run, of a package, of an extension, of an
// expiry and of a deletion at which a host is killed.
var ends = []struct {
	what string // begins it
	do   func(*life) error
	at   []doom
}{
	{"seal", (*life).seal, []doom{
		{storetest.Put, "/" + archive.ReportName, 0, false}, {storetest.Read, "/" + archive.ReportName, 0, false}, {storetest.Put, "/" + archive.ReportName, 0, true},
		{storetest.Put, "/" + archive.SumsName, 0, false}, {storetest.Put, "/" + archive.SumsName, 0, true},
		{storetest.Put, "/" + archive.StateName, 0, false}, {storetest.Put, "/" + archive.StateName, 0, true},
		{storetest.Put, "/" + archive.ManifestName, 0, false}, {storetest.Read, "/" + archive.ManifestName, 0, false}, {storetest.Put, "/" + archive.ManifestName, 0, true},
		{storetest.Delete, "/runs/", 0, true}, {storetest.Delete, "/runs/", 3, false},
		{storetest.Put, "/policy.json", 1, false},
	}},
	{"package", (*life).pack, []doom{
		{storetest.Put, ".parts/", 0, false}, {storetest.Read, ".parts/", 0, false}, {storetest.Put, ".parts/", 0, true},
		{storetest.Compose, "/downloads/", 0, false}, {storetest.Compose, "/downloads/", 0, true},
		{storetest.Delete, ".parts/", 0, false}, {storetest.Delete, ".parts/", 0, true},
	}},
	{"extend", (*life).extend, []doom{
		{storetest.Put, "/policy.json", 0, false}, {storetest.Put, "/policy.json", 0, true},
		{storetest.Put, "/" + archive.StateName, 0, false}, {storetest.Put, "/" + archive.StateName, 0, true},
	}},
	{"expire", (*life).expire, []doom{
		{storetest.Put, "/" + archive.StateName, 0, false}, {storetest.Put, "/" + archive.StateName, 0, true},
		{storetest.Delete, "/" + archive.ManifestName, 0, false}, {storetest.Delete, "/" + archive.ManifestName, 0, true},
		{storetest.Delete, "/attachments/", 0, true}, {storetest.Delete, "/projects/", 0, false},
	}},
	{"delete", (*life).remove, []doom{
		{storetest.Put, "/" + archive.StateName, 0, true},
		{storetest.Delete, "/" + archive.ManifestName, 0, false}, {storetest.Delete, "/" + archive.ManifestName, 0, true},
		{storetest.Delete, "/attachments/", 1, false}, {storetest.Delete, "/" + archive.SumsName, 0, true},
		{storetest.Put, "/policy.json", 1, false},
	}},
}

// life is a policy of which hosts are killed.
type life struct {
	*stack
	backup string // that it is about
}

// TestKilledThroughALife kills a host (-9) at steps of the end of a run, of packaging,
// extending, expiring and deleting. When it is dead, and when another host has gone
// on, each backup that the store lists verifies, what expired is gone but for its
// details, and nothing is there that nobody needs.
func TestKilledThroughALife(t *testing.T) {
	t.Parallel()
	s := setUp(t, tinySite())
	s.limits.Cadence, s.limits.Heartbeat, s.limits.HostTimeout = time.Nanosecond, 2*time.Second, 2*time.Second
	calm := s.startHost()
	s.createPolicy()
	points := 0
	for _, end := range ends {
		at := end.at
		if os.Getenv("HOLDFAST_LONG") == "" {
			if end.what != "package" && end.what != "expire" {
				continue
			}
			at = at[len(at)/2 : len(at)/2+1]
		}
		for _, d := range at {
			points++
			t.Run(end.what+", "+d.String(), func(t *testing.T) {
				own := *s
				own.t = t
				l := &life{stack: &own}
				if end.what != "seal" {
					require.NoError(t, l.seal())
					l.backup = l.finish(l.backup).ID
				}
				require.NoError(t, calm.Stop())
				doomed := l.startDoomed(d)
				begun := make(chan error, 1)
				go func() { begun <- end.do(l) }() // it may die before it has said that it begins
				for end.what == "expire" && doomed.lives(10*time.Second) {
					require.NoError(t, <-begun)
					begun <- end.do(l) // a run of the policy that was about to end does not skip
				}
				doomed.requireDead(t)
				l.requireWhole()
				calm = s.startHost()
				require.NoError(t, <-begun)
				l.settle(end.what)
				l.requireWhole()
				l.requireNothingLeft()
			})
		}
	}
	if os.Getenv("HOLDFAST_LONG") != "" {
		require.GreaterOrEqual(t, points, 30)
	}
}

// seal begins a run.
func (l *life) seal() error {
	row, err := message.RunBackup.Call(l.ctx(), l.client, message.PolicyID(l.policy), message.RunBackupInput{
		RequestID: fmt.Sprint(time.Now().UnixNano()), By: "tester",
	})
	l.backup = row.ID
	return err
}

func (l *life) pack() error {
	_, err := message.PrepareDownload.Call(l.ctx(), l.client, message.PolicyID(l.policy), message.PrepareDownloadInput{
		RequestID: l.backup, BackupID: l.backup, By: "tester",
	})
	return err
}

func (l *life) extend() error {
	_, err := message.Extend.Call(l.ctx(), l.client, message.PolicyID(l.policy), message.ExtendInput{
		BackupID: l.backup, To: l.extended(), By: "tester",
	})
	return err
}

func (l *life) extended() time.Time {
	_, start, err := backup.ParseBackupID(l.backup)
	require.NoError(l.t, err)
	return start.Add(30 * day)
}

// expire lets the time of the backup come: it is put off to a moment from now.
func (l *life) expire() error { return l.skipTo(message.PolicyID(l.policy), 15*day) }

func (l *life) remove() error {
	_, err := message.DeleteBackup.Call(l.ctx(), l.client, message.PolicyID(l.policy), message.BackupInput{BackupID: l.backup, By: "tester"})
	return err
}

// settle waits until what was begun is through.
func (l *life) settle(what string) {
	l.t.Helper()
	require.EventuallyWithT(l.t, func(c *assertT) {
		row := l.row(l.backup)
		switch what {
		case "seal":
			require.Equal(c, backup.Complete, row.Status, row.Reason)
		case "package":
			require.NotNil(c, row.Download)
			require.Equal(c, backup.Ready, row.Download.Status, row.Download.Reason)
		case "extend":
			state, err := archive.ReadState(l.ctx(), l.store, l.policy, l.backup)
			require.NoError(c, err)
			require.True(c, state.ExpiresAt.Equal(l.extended()))
			require.True(c, row.ExpiresAt.Equal(l.extended()))
		default:
			require.Equal(c, backup.Expired, row.Status)
		}
		for _, b := range l.show().Backups {
			if b.Status == backup.Expired {
				require.False(c, b.DeletedAt.IsZero(), b.Deletion)
				require.False(c, b.Download.Open(time.Now()), b.ID)
			}
		}
	}, time.Minute, 100*time.Millisecond)
}

// requireWhole states that each backup that is listed verifies, and that nothing
// is listed that is not whole.
func (l *life) requireWhole() {
	l.t.Helper()
	for b, err := range archive.ListBackups(l.ctx(), l.store, l.policy) {
		require.NoError(l.t, err)
		if b.Sealed && b.State.Status != backup.Expired {
			v, err := archive.Verify(l.ctx(), l.store, l.policy, b.ID, archive.VerifyOptions{})
			require.NoError(l.t, err)
			require.True(l.t, v.OK(), "%s: %v", b.ID, v.Problems)
		}
	}
}

// requireNothingLeft states that of runs, packages and expired backups nothing is
// there that nobody needs.
func (l *life) requireNothingLeft() {
	l.t.Helper()
	view := l.show()
	due := map[string]bool{archive.PolicyName(l.policy): true, archive.OwnerName(l.policy): true}
	for _, b := range view.Backups {
		folder := archive.BackupDir(l.policy, b.ID)
		due[folder+archive.StateName], due[folder+archive.ReportName] = true, true
		if b.Download != nil && b.Download.Status == backup.Ready {
			due[archive.PackageName(l.policy, b.ID, b.Download.Number)] = true
		}
		if b.Status != backup.Complete {
			continue
		}
		l.requireNoFileTooMany(b.ID)
		for o, err := range l.store.List(l.ctx(), folder) {
			require.NoError(l.t, err)
			due[o.Name] = true
		}
	}
	for o, err := range l.store.List(l.ctx(), l.policy+"/") {
		require.NoError(l.t, err)
		require.True(l.t, due[o.Name], "%s is left", o.Name)
	}
}

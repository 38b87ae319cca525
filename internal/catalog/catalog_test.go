package catalog_test

import (
	"encoding/json"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"holdfast/internal/archive"
	"holdfast/internal/backup"
	"holdfast/internal/catalog"
	"holdfast/internal/store"
	"holdfast/internal/store/dir"
	"holdfast/internal/store/storetest"
)

const policyID = "jira-acme"

var start = time.Date(2026, 11, 1, 3, 0, 0, 0, time.UTC)

// shelf is a store with a policy.
type shelf struct {
	t *testing.T
	store.Store
	policy backup.Policy
}

func newShelf(t *testing.T) *shelf {
	s, err := dir.Open(t.TempDir())
	require.NoError(t, err)
	t.Cleanup(func() { _ = s.Close() })
	return &shelf{t, s, backup.Policy{
		ID: policyID, Product: backup.Jira, Site: "https://acme.atlassian.net", CloudID: "c", Credential: "acme",
		Options: backup.Options{Attachments: true}, Limits: backup.DefaultLimits(), CreatedAt: start.Add(-time.Hour), CreatedBy: "ada",
	}}
}

func (s *shelf) put(name string, v any) {
	s.t.Helper()
	data, ok := v.(string)
	if !ok {
		encoded, err := json.Marshal(v)
		require.NoError(s.t, err)
		data = string(encoded)
	}
	_, err := store.Replace(s.t.Context(), s.Store, name, []byte(data))
	require.NoError(s.t, err)
}

func (s *shelf) remove(name string) {
	s.t.Helper()
	o, err := s.Stat(s.t.Context(), name)
	require.NoError(s.t, err)
	require.NoError(s.t, s.Delete(s.t.Context(), name, o.Generation))
}

// file writes policy.json.
func (s *shelf) file(version int64, rows ...backup.Backup) catalog.File {
	s.t.Helper()
	slices.Reverse(rows)
	f := catalog.File{Format: archive.FormatVersion, Version: version, Policy: s.policy, LastCompleteStart: backup.LastComplete(rows), Backups: rows}
	s.put(archive.PolicyName(policyID), f)
	return f
}

func (s *shelf) state(b backup.Backup, version int64) {
	s.t.Helper()
	s.put(archive.BackupDir(policyID, b.ID)+archive.StateName, archive.State{
		Backup: b.ID, Status: b.Status, Was: b.Was, Reason: b.Reason, StartedAt: b.StartedAt, EndedAt: b.EndedAt,
		ExpiresAt: b.ExpiresAt, Held: b.Held, By: b.By, VerifiedAt: b.VerifiedAt, Version: version,
	})
}

// seal writes what a sealed backup has.
func (s *shelf) seal(b backup.Backup) backup.Backup {
	s.t.Helper()
	folder := archive.BackupDir(policyID, b.ID)
	s.put(folder+archive.ManifestName, archive.Manifest{
		Format: 1, Backup: b.ID, Policy: policyID, Product: s.policy.Product, Site: s.policy.Site, CloudID: s.policy.CloudID, Status: b.Status,
		StartedAt: b.StartedAt, SealedAt: b.EndedAt, Options: b.Options, Limits: s.policy.Limits, Counts: b.Counts,
	})
	s.put(folder+archive.ReportName, map[string]any{
		"format": 1, "backup": b.ID, "policy": policyID, "product": s.policy.Product, "site": s.policy.Site, "status": b.Status,
		"startedAt": b.StartedAt, "endedAt": b.EndedAt, "options": b.Options, "counts": b.Counts, "kinds": []any{}, "containers": []any{}, "items": []any{},
	})
	s.state(b, 0)
	return b
}

// expire deletes the manifest of what has expired.
func (s *shelf) expire(b backup.Backup) backup.Backup {
	s.t.Helper()
	b = backup.Expire(b)
	s.state(b, 0)
	s.remove(archive.BackupDir(policyID, b.ID) + archive.ManifestName)
	return b
}

// row is the row of a backup of the n-th day.
func (s *shelf) row(n int, status backup.Status) backup.Backup {
	at := start.AddDate(0, 0, n)
	b := backup.Backup{ID: backup.NewBackupID(policyID, at), Status: status, StartedAt: at, Options: s.policy.Options, By: "ada", Deadline: at.Add(s.policy.Limits.Deadline)}
	switch status {
	case backup.InProgress:
		return b
	case backup.Complete, backup.Incomplete:
		b.ExpiresAt = backup.ExpiresAt(at, s.policy.Limits)
		b.Counts = backup.Counts{Containers: 2, Items: 10 * (n + 1)}
	}
	if status != backup.Complete {
		b.Reason = "something"
	}
	b.EndedAt = at.Add(time.Hour)
	return b
}

func (s *shelf) read() catalog.Policy {
	s.t.Helper()
	found, err := catalog.Read(s.t.Context(), s.Store, policyID)
	require.NoError(s.t, err)
	return found
}

func TestPolicyFileIsTheCatalog(t *testing.T) {
	s := newShelf(t)
	held, extended, failed, gone := s.row(1, backup.Complete), s.row(2, backup.Incomplete), s.row(3, backup.Failed), s.row(0, backup.Complete)
	held.Held = &backup.Note{At: start, By: "eve", Text: "case 7"}
	extended.ExpiresAt = extended.ExpiresAt.AddDate(1, 0, 0)
	held.Scheduled, held.Download = true, &backup.Download{Number: 2, Status: backup.DownloadExpired}
	for _, b := range []backup.Backup{held, extended, gone} {
		s.seal(b)
	}
	gone = s.expire(gone)
	gone.DeletedAt = start
	s.state(failed, 0)
	s.put(archive.OwnerName(policyID), map[string]string{"installation": "here"})
	want := s.file(7, gone, held, extended, failed)
	found := s.read()
	require.Equal(t, want, found.File, "nothing is changed that is as policy.json says")
	require.Equal(t, map[string]bool{held.ID: true, extended.ID: true}, found.Sealed)
	require.Empty(t, found.Problems)
	require.True(t, found.Filed)
	require.Equal(t, "here", found.Owner)
}

func TestFoldersWinOverAPolicyFileThatIsOlder(t *testing.T) {
	tests := []struct {
		name  string
		setup func(s *shelf) (want backup.Backup)
	}{
		{"a run that was sealed just before the cluster died", func(s *shelf) backup.Backup {
			row := s.row(1, backup.InProgress)
			row.Scheduled = true
			s.file(3, row)
			b := s.seal(s.row(1, backup.Complete))
			b.Scheduled = true
			return b
		}},
		{"a run that was discarded just before", func(s *shelf) backup.Backup {
			s.file(3, s.row(1, backup.InProgress))
			b := s.row(1, backup.Failed)
			s.state(b, 0)
			return b
		}},
		{"a run that is not sealed yet: only its state.json is written", func(s *shelf) backup.Backup {
			row := s.row(1, backup.InProgress)
			s.file(3, row)
			s.state(s.row(1, backup.Complete), 0)
			return row
		}},
		{"a run that has nothing yet", func(s *shelf) backup.Backup {
			row := s.row(1, backup.InProgress)
			s.file(3, row)
			return row
		}},
		{"an extension that policy.json does not know", func(s *shelf) backup.Backup {
			b := s.seal(s.row(1, backup.Complete))
			s.file(3, b)
			b.ExpiresAt = b.ExpiresAt.Add(time.Hour)
			s.state(b, 4)
			return b
		}},
		{"an expiry that policy.json does not know", func(s *shelf) backup.Backup {
			b := s.seal(s.row(1, backup.Complete))
			s.file(3, b)
			return s.expire(b)
		}},
		{"a state.json of before the last change", func(s *shelf) backup.Backup {
			b := s.seal(s.row(1, backup.Complete))
			s.state(b, 2)
			b.By = "somebody else"
			s.file(3, b)
			return b
		}},
		{"a backup that policy.json does not know", func(s *shelf) backup.Backup {
			s.file(3)
			return s.seal(s.row(1, backup.Incomplete))
		}},
		{"one that it does not know and that has expired", func(s *shelf) backup.Backup {
			s.file(3)
			b := s.expire(s.seal(s.row(1, backup.Complete)))
			b.Deadline = time.Time{}
			return b
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := newShelf(t)
			want := tt.setup(s)
			found := s.read()
			require.Equal(t, []backup.Backup{want}, found.Backups)
			require.Empty(t, found.Problems)
		})
	}
}

func TestTheVersionIsTheNewest(t *testing.T) {
	s := newShelf(t)
	b := s.seal(s.row(1, backup.Complete))
	s.file(3, b)
	s.state(b, 9)
	require.EqualValues(t, 9, s.read().Version, "what is written next is newer than all")
}

func TestR1LastComplete(t *testing.T) {
	s := newShelf(t)
	first, second := s.seal(s.row(1, backup.Complete)), s.seal(s.row(2, backup.Complete))
	s.file(3, first, second)
	require.True(t, s.read().LastCompleteStart.Equal(second.StartedAt))
	second.Status, second.Reason = backup.Incomplete, "verification: damaged"
	s.state(second, 4)
	require.True(t, s.read().LastCompleteStart.Equal(first.StartedAt), "one that failed verification does not count")

	f := s.file(5, first)
	f.LastCompleteStart = start.AddDate(0, 0, 30)
	s.put(archive.PolicyName(policyID), f)
	require.True(t, s.read().LastCompleteStart.Equal(f.LastCompleteStart), "it outlives its row")
}

func TestDamageIsTold(t *testing.T) {
	tests := []struct {
		name   string
		setup  func(s *shelf)
		status backup.Status // of the one backup; empty: there is none
		says   string
	}{
		{"no manifest", func(s *shelf) {
			b := s.seal(s.row(1, backup.Complete))
			s.file(3, b)
			s.remove(archive.BackupDir(policyID, b.ID) + archive.ManifestName)
		}, backup.Failed, "its manifest is missing"},
		{"no folder", func(s *shelf) { s.file(3, s.row(1, backup.Incomplete)) }, backup.Failed, "nothing of it is in the store"},
		{"no state.json", func(s *shelf) {
			b := s.seal(s.row(1, backup.Complete))
			s.file(3, b)
			s.remove(archive.BackupDir(policyID, b.ID) + archive.StateName)
		}, backup.Complete, "state.json of " + policyID},
		{"no state.json, of an unknown one", func(s *shelf) {
			b := s.seal(s.row(1, backup.Complete))
			s.file(3)
			s.remove(archive.BackupDir(policyID, b.ID) + archive.StateName)
		}, backup.Complete, "it is missing"},
		{"a damaged state.json", func(s *shelf) {
			b := s.seal(s.row(1, backup.Complete))
			s.file(3, b)
			s.put(archive.BackupDir(policyID, b.ID)+archive.StateName, "{secret")
		}, backup.Complete, "state.json of"},
		{"a damaged state.json of an unknown one", func(s *shelf) {
			b := s.seal(s.row(1, backup.Complete))
			s.file(3)
			s.put(archive.BackupDir(policyID, b.ID)+archive.StateName, "{secret")
			s.remove(archive.BackupDir(policyID, b.ID) + archive.ManifestName)
		}, backup.Failed, "state.json of"},
		{"a damaged manifest of an unknown one", func(s *shelf) {
			b := s.row(1, backup.Complete)
			s.file(3)
			s.put(archive.BackupDir(policyID, b.ID)+archive.ManifestName, "{secret")
		}, backup.Failed, "manifest.json of"},
		{"policy.json alone is damaged", func(s *shelf) {
			s.seal(s.row(1, backup.Complete))
			s.put(archive.PolicyName(policyID), "{secret")
		}, backup.Complete, "no JSON of a policy"},
		{"policy.json of another policy", func(s *shelf) {
			s.seal(s.row(1, backup.Complete))
			s.policy.ID = "jira-other"
			s.file(3)
		}, backup.Complete, `it is that of "jira-other"`},
		{"policy.json is missing", func(s *shelf) { s.seal(s.row(1, backup.Complete)) }, backup.Complete, "object does not exist"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := newShelf(t)
			tt.setup(s)
			found := s.read()
			require.Len(t, found.Backups, 1)
			require.Equal(t, tt.status, found.Backups[0].Status)
			require.False(t, found.Backups[0].ExpiresAt.IsZero(), "what is left is deleted once")
			require.NotEmpty(t, found.Problems)
			require.Contains(t, found.Problems[0], tt.says)
			require.NotContains(t, found.Problems[0], "secret")
		})
	}
}

func TestWithoutPolicyFileThePolicyIsThatOfTheNewestManifest(t *testing.T) {
	s := newShelf(t)
	b := s.seal(s.row(1, backup.Complete))
	s.policy.Options.Exclude = []string{"HR"}
	newer := s.row(2, backup.Incomplete)
	s.seal(newer)
	found := s.read()
	want := s.policy
	want.Credential, want.CreatedBy, want.CreatedAt = "", "", b.StartedAt
	want.Options = newer.Options
	require.Equal(t, want, found.Policy)
	require.False(t, found.Filed)
	require.Equal(t, []backup.Backup{newer, b}, found.Backups)
	require.True(t, found.LastCompleteStart.Equal(b.StartedAt))
}

func TestWhatIsNoPolicy(t *testing.T) {
	s := newShelf(t)
	_, err := catalog.Read(t.Context(), s.Store, policyID)
	require.ErrorIs(t, err, catalog.ErrNoPolicy)
	s.put(archive.BackupDir(policyID, s.row(1, backup.Complete).ID)+"attachments/1", "cut off")
	_, err = catalog.Read(t.Context(), s.Store, policyID)
	require.ErrorIs(t, err, catalog.ErrNoPolicy)
	s.put(archive.PolicyName(policyID), `{"format": 2}`)
	_, err = catalog.Read(t.Context(), s.Store, policyID)
	require.ErrorIs(t, err, archive.ErrFormat)
}

func TestAStoreThatIsAwayIsNoDamage(t *testing.T) {
	s := newShelf(t)
	b := s.seal(s.row(1, backup.Complete))
	s.file(3, b)
	s.seal(s.row(2, backup.Complete))
	for _, name := range []string{"policy.json", "owner.json", archive.StateName, archive.ManifestName} {
		for _, method := range []storetest.Method{storetest.Get, storetest.Stat} {
			if method == storetest.Stat && name != archive.ManifestName {
				continue
			}
			away := storetest.NewFaulty(s.Store, storetest.Fault{Method: method, Name: name, Times: -1, Err: errAway})
			_, err := catalog.Read(t.Context(), away, policyID)
			require.ErrorIs(t, err, errAway, "%s %s", method, name)
		}
	}
}

func TestPolicyIDs(t *testing.T) {
	s := newShelf(t)
	for _, name := range []string{"jira-acme/policy.json", "confluence-acme/backups/x", "restores/r/plan.json", "jira/x", "notes.txt"} {
		s.put(name, "x")
	}
	var ids []string
	for id, err := range catalog.PolicyIDs(t.Context(), s.Store) {
		require.NoError(t, err)
		ids = append(ids, id)
	}
	require.Equal(t, []string{"confluence-acme", "jira-acme"}, ids)
}

var errAway = errors.New("no answer")

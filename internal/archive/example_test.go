package archive_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"holdfast/internal/archive"
	"holdfast/internal/backup"
	"holdfast/internal/store"
	"holdfast/internal/store/storeurl"
)

// Read all issues of a backup.
func ExampleReader() {
	ctx := context.Background()
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	s, err := storeurl.Open(ctx, "file://"+dir)
	if err != nil {
		panic(err)
	}
	if err := writeBackup(ctx, s, dir); err != nil {
		panic(err)
	}

	r, err := archive.Open(ctx, s, "jira-acme", "jira-acme.20261123T021658Z")
	if err != nil {
		panic(err)
	}
	for _, seg := range r.Manifest().Segments {
		for rec, err := range r.Records(ctx, seg) {
			if err != nil {
				panic(err)
			}
			if rec.Kind == "issue" {
				fmt.Println(rec.Key, string(rec.Body))
			}
		}
	}
	// Output: EE-1 {"id":"10063","fields":{"summary":"<first>","estimate":1.0E+2}}
}

// writeBackup writes a backup of one issue by the means that a run has.
func writeBackup(ctx context.Context, s store.Store, scratch string) error {
	start := time.Date(2026, 11, 23, 2, 16, 58, 0, time.UTC)
	m := archive.Manifest{Format: archive.FormatVersion, Policy: "jira-acme", Backup: backup.NewBackupID("jira-acme", start), Product: backup.Jira, StartedAt: start}
	folder := archive.BackupDir(m.Policy, m.Backup)

	raw, zst := filepath.Join(scratch, "raw"), filepath.Join(scratch, "zst")
	w, err := archive.CreateSegment(raw)
	if err != nil {
		return err
	}
	if err := w.Write(archive.Record{
		Kind: "issue", ID: "10063", Key: "EE-1", FetchedAt: start,
		Body: json.RawMessage(`{"id": "10063", "fields": {"summary": "<first>", "estimate": 1.0E+2}}`),
	}); err != nil {
		return err
	}
	if err := w.Close(); err != nil {
		return err
	}
	c, err := archive.Compress(ctx, raw, zst, nil)
	if err != nil {
		return err
	}
	data, err := os.ReadFile(zst)
	if err != nil {
		return err
	}
	object := archive.SegmentName(m.Product, "EE", "0-0", 1, 0)
	if _, err := s.Put(ctx, folder+object, bytes.NewReader(data), store.IfAbsent()); err != nil {
		return err
	}
	m.Segments = []archive.Segment{{Object: object, Container: "EE", Records: w.Records(), RawBytes: c.RawBytes, Bytes: c.Bytes, SHA256: c.SHA256, CRC32C: c.CRC32C, CRC32: c.CRC32}}
	m.Tally()
	manifest, err := archive.Encode(m)
	if err != nil {
		return err
	}
	_, err = store.PutBytes(ctx, s, folder+archive.ManifestName, manifest, store.IfAbsent())
	return err
}

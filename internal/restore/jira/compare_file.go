package jira

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"

	"holdfast/internal/archive"
	"holdfast/internal/atlassian"
	"holdfast/internal/restore"
)

// bytesField stands for the bytes of a file among its fields.
const bytesField = "bytes"

// attachments compares the files of an issue, and their bytes.
func (c *comparing) attachments(ctx context.Context, want, got []archive.Record, files []restore.File) error {
	have := map[string]archive.Record{}
	for _, g := range got {
		have[g.ID] = g
	}
	for _, w := range want {
		ref, _, err := c.job.IDs.Get(ctx, w.Kind, w.ID)
		if err != nil {
			return err
		}
		g, ok := have[ref.ID]
		if !ok {
			c.missing(w)
			continue
		}
		delete(have, ref.ID)
		if err := c.compare(ctx, w, g); err != nil {
			return err
		}
		for _, f := range files {
			if f.Row.ID == w.ID {
				if err := c.bytes(ctx, w, g, f); err != nil {
					return err
				}
			}
		}
	}
	for id := range have {
		c.job.Diff.TooMany("attachment", id)
	}
	return nil
}

// bytes compares the bytes of a file of the destination with the checksum of those in the archive.
func (c *comparing) bytes(ctx context.Context, w, g archive.Record, f restore.File) error {
	verdict := restore.Different
	size, _ := atlassian.Int(atlassian.Member(g.Body, "size"))
	body, err := c.target.product.Open(ctx, atlassian.Attachment{ID: g.ID, Size: size}, 0)
	if class := atlassian.ClassOf(err); err != nil && class != atlassian.ClassNotFound && class != atlassian.ClassForbidden {
		return fmt.Errorf("compare the bytes of attachment %s: %w", w.ID, err)
	}
	if err == nil {
		defer body.Close()
		sum := sha256.New()
		if _, err := io.Copy(sum, body); err != nil {
			return fmt.Errorf("compare the bytes of attachment %s: %w", w.ID, err)
		}
		if hex.EncodeToString(sum.Sum(nil)) == f.Row.SHA256 {
			verdict = restore.Equal
		}
	}
	if verdict == restore.Different && c.excused(w, bytesField) {
		verdict = restore.Expected
	}
	c.job.Diff.Field(w.Kind, w.ID, bytesField, verdict)
	return nil
}

package confluence

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"slices"

	"holdfast/internal/archive"
	"holdfast/internal/atlassian"
	"holdfast/internal/restore"
)

// bytesField stands for the bytes of a file among its fields.
const bytesField = "bytes"

// attachments compares the files of an item with their bytes, by their names; of those that are in the
// trash several may have one name.
func (c *comparing) attachments(ctx context.Context, g wanted, got there, files []restore.File) error {
	want := g.parts[attachmentKind]
	have := map[string]archive.Record{}
	for _, a := range got.parts[attachmentKind] {
		have[a.ID] = a
	}
	for _, w := range want {
		ref, err := c.ref(ctx, attachmentKind, w.ID)
		if err != nil {
			return err
		}
		versions := versionsOf(w.ID, files)
		a, ok := have[ref.ID]
		if !ok {
			c.missing(w)
			for _, older := range of(w.ID, g.parts[olderFileKind]) {
				c.missingWith(w, older)
			}
			continue
		}
		delete(have, ref.ID)
		if err := c.compare(ctx, w, a); err != nil {
			return err
		}
		if len(versions) > 0 {
			if err := c.bytes(ctx, w, got.files[fileKey{a.ID, number(a.Body, "version", "number")}], versions[len(versions)-1]); err != nil {
				return err
			}
		}
		if err := c.olderFiles(ctx, of(w.ID, g.parts[olderFileKind]), of(a.ID, got.parts[olderFileKind]), got, versions); err != nil {
			return err
		}
	}
	for id := range have {
		c.job.Diff.TooMany(attachmentKind, id)
	}
	return nil
}

// olderFiles compares the versions of a file but the newest: their numbers are those of their order
// among the ones that the backup has bytes of.
func (c *comparing) olderFiles(ctx context.Context, want, got []archive.Record, all there, versions []restore.File) error {
	have := map[int]archive.Record{}
	for _, g := range got {
		have[number(g.Body, "version", "number")] = g
	}
	for _, w := range want {
		i := slices.IndexFunc(versions, func(f restore.File) bool { return f.Row.Version == number(w.Body, "version", "number") })
		g, ok := have[i+1]
		if i < 0 || !ok {
			c.missing(w)
			continue
		}
		delete(have, i+1)
		if err := c.compare(ctx, w, g); err != nil {
			return err
		}
		if err := c.bytes(ctx, w, all.files[fileKey{g.Parent, i + 1}], versions[i]); err != nil {
			return err
		}
	}
	for _, g := range have {
		c.job.Diff.TooMany(olderFileKind, g.Parent+" "+g.ID)
	}
	return nil
}

// bytes compares the bytes of a file of the destination with the checksum of those in the archive.
func (c *comparing) bytes(ctx context.Context, w archive.Record, a atlassian.Attachment, f restore.File) error {
	verdict := restore.Different
	body, err := c.target.product.Open(ctx, a, 0)
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

package archive

import (
	"context"
	"fmt"

	"holdfast/internal/backup"
	"holdfast/internal/store"
)

// VerifyOptions say how Verify goes about it. The zero value is usable.
type VerifyOptions struct {
	// Progress, which may be nil, is told after each piece that was read.
	Progress func(VerifyProgress)
	// Unique are the kinds of which no id may occur twice; nil means issues,
	// pages, blog posts, projects and spaces.
	Unique []string
	// Share and Of, where Of is more than 1, say that only the Share-th of Of shares
	// of the segments and attachments is read, from 1; the others are held against
	// size and CRC32C as the store tells them. All shares together read everything,
	// each object once. Manifest, indexes, report and sums are always read. Records
	// are those of the share, and whether an id occurs twice is found out within it.
	Share, Of int
}

// VerifyProgress says how far Verify is.
type VerifyProgress struct {
	Objects int   // read wholly
	Bytes   int64 // read
	Total   int64 // bytes that there are to read, as the manifest says; 0 before it is read, and for a share
}

// maxProblems is how many problems and extra objects are told in words.
const maxProblems = 20

// Verification is what Verify found.
type Verification struct {
	// Readable is whether there is a manifest that can be read.
	Readable bool
	Counts   backup.Counts  // as the manifest says
	Records  map[string]int // per kind, as they were counted
	Objects  int            // read wholly
	Bytes    int64          // read
	// ProblemCount is how many problems there are; Problems tells the first 20,
	// by the objects' names, without content.
	ProblemCount int
	Problems     []string
	// ExtraCount is how many objects in the folder belong to no backup, such as
	// those that an attempt left behind; they are no problem. Extra names the first 20.
	ExtraCount int
	Extra      []string
}

// OK reports whether the backup is whole.
func (v *Verification) OK() bool { return v.Readable && v.ProblemCount == 0 }

func (v *Verification) problem(err error) {
	v.ProblemCount++
	if len(v.Problems) < maxProblems {
		v.Problems = append(v.Problems, err.Error())
	}
}

// Verify reads every object of a backup wholly, or a share of them, and compares it with all that is
// said of it: sizes, checksums, counts, names, ids. What is wrong with the backup
// is in the Verification. The error is one of reading the store, after which
// nothing is known. It takes 8 bytes of memory for each attachment and each item.
func Verify(ctx context.Context, s store.Store, policyID, backupID string, opts VerifyOptions) (Verification, error) {
	v := &verifier{ctx: ctx, s: s, dir: BackupDir(policyID, backupID), opts: opts}
	v.result.Records = map[string]int{}
	if err := checkShare(opts.Share, opts.Of); err != nil {
		return v.result, fmt.Errorf("verify the backup %s: %w", backupID, err)
	}
	err := v.run(policyID, backupID)
	if err != nil {
		err = fmt.Errorf("verify the backup %s: %w", backupID, err)
	}
	return v.result, err
}

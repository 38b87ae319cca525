package archive

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"iter"
	"path"
	"strconv"
	"strings"

	"holdfast/internal/backup"
	"holdfast/internal/store"
)

// Names of single objects in a backup's folder.
const (
	ManifestName = "manifest.json" // written last; its presence is the backup
	StateName    = "state.json"    // what may change after that
	SumsName     = "SHA256SUMS"    // for sha256sum -c
	ReportName   = "report.json"   // coverage
)

// Folders in a backup's folder.
const (
	siteDir       = "site/"
	projectsDir   = "projects/"
	spacesDir     = "spaces/"
	indexDir      = "index/"
	attachmentDir = "attachments/"
	segmentSuffix = ".ndjson.zst"
	indexSuffix   = ".attachments.ndjson.zst"
)

// PolicyName returns the name of a policy's options, limits and table of backups.
func PolicyName(policyID string) string { return policyID + "/policy.json" }

// OwnerName returns the name of the object that says which installation controls a policy.
func OwnerName(policyID string) string { return policyID + "/owner.json" }

// BackupsDir returns the folder of all backups of a policy, with a slash at its end.
func BackupsDir(policyID string) string { return policyID + "/backups/" }

// BackupDir returns the folder of a backup, with a slash at its end.
func BackupDir(policyID, backupID string) string { return BackupsDir(policyID) + backupID + "/" }

// RunsDir returns the folder of what the runs of a policy need while they are open,
// with a slash at its end.
func RunsDir(policyID string) string { return policyID + "/runs/" }

// RunDir returns the folder of what a run needs while it is open, with a slash at its end.
func RunDir(policyID, backupID string) string { return RunsDir(policyID) + backupID + "/" }

// DownloadsDir returns the folder of the packages of a policy's backups, with a slash
// at its end: <backup>.<n>.zip, and its parts while it is being made.
func DownloadsDir(policyID string) string { return policyID + "/downloads/" }

// SegmentName returns the name, below BackupDir, of the n-th segment that an
// attempt of a shard wrote for a container.
func SegmentName(product backup.Product, container, shard string, attempt, n int) string {
	dir := projectsDir
	if product == backup.Confluence {
		dir = spacesDir
	}
	return fmt.Sprintf("%s%s/%s.%d.%d%s", dir, element(container), element(shard), attempt, n, segmentSuffix)
}

// SiteSegmentName returns the name, below BackupDir, of the n-th segment that an
// attempt wrote for a kind of data that belongs to no container.
func SiteSegmentName(kind string, attempt, n int) string {
	return fmt.Sprintf("%s%s.%d.%d%s", siteDir, element(kind), attempt, n, segmentSuffix)
}

// IndexName returns the name, below BackupDir, of the index of the attachments
// that an attempt of a shard stored.
func IndexName(shard string, attempt int) string {
	return fmt.Sprintf("%s%s.%d%s", indexDir, element(shard), attempt, indexSuffix)
}

// AttachmentName returns the name, below BackupDir, of the bytes of an
// attachment; version is 0 where a product's attachments have none (Jira).
func AttachmentName(id string, version int) string {
	name := attachmentDir + element(id)
	if version != 0 {
		name += ".v" + strconv.Itoa(version)
	}
	return name
}

// maxEscaped leaves room for what follows an element within store.MaxElement.
const maxEscaped = 180

// element makes one element of a name from any text: letters, digits, "-", "_",
// "~" and "." that is not at the start stay, every other byte becomes %XX, and
// nothing at all becomes "%". A text that gets too long is cut and ends in "%-"
// and the start of its SHA-256.
func element(s string) string {
	if s == "" {
		return "%"
	}
	var b strings.Builder
	for i := range len(s) {
		c := s[i]
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9',
			c == '-', c == '_', c == '~', c == '.' && i > 0:
			b.WriteByte(c)
		default:
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	if b.Len() <= maxEscaped {
		return b.String()
	}
	sum := sha256.Sum256([]byte(s))
	return b.String()[:maxEscaped-34] + "%-" + hex.EncodeToString(sum[:16])
}

// checkBelow returns an error if name is not an object's name in one of the
// folders, which end in a slash.
func checkBelow(name string, folders ...string) error {
	if err := store.CheckName(name); err != nil {
		return err
	}
	if name != path.Clean(name) || strings.Contains(name, `\`) {
		return fmt.Errorf("%w: %.80q", store.ErrName, name)
	}
	for _, folder := range folders {
		if strings.HasPrefix(name, folder) {
			return nil
		}
	}
	return fmt.Errorf("%w: %.80q is not below %s", store.ErrName, name, strings.Join(folders, " or "))
}

// BackupIDs yields the ids of the policy's backups that have a folder, oldest
// first, whatever is in it.
func BackupIDs(ctx context.Context, s store.Store, policyID string) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		for folder, err := range store.Folders(ctx, s, BackupsDir(policyID)) {
			if err != nil {
				yield("", fmt.Errorf("list the backups of %s: %w", policyID, err))
				return
			}
			if p, _, err := backup.ParseBackupID(folder); err != nil || p != policyID {
				continue // not ours
			}
			if !yield(folder, nil) {
				return
			}
		}
	}
}

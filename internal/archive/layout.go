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
	"time"

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

// idTime is how the start of a backup is written in its id, in UTC.
const idTime = "20060102T150405Z"

// NewBackupID returns the id of the policy's backup that starts at the time,
// which counts to the second: "jira-acme.20261123T021658Z".
func NewBackupID(policyID string, start time.Time) string {
	return policyID + "." + start.UTC().Format(idTime)
}

// ParseBackupID splits a backup's id into the policy's id and the start.
func ParseBackupID(id string) (policyID string, start time.Time, err error) {
	i := strings.LastIndexByte(id, '.')
	if i > 0 && !strings.Contains(id, "/") {
		if start, err = time.Parse(idTime, id[i+1:]); err == nil && start.Format(idTime) == id[i+1:] {
			return id[:i], start, nil
		}
	}
	return "", time.Time{}, fmt.Errorf("%q is not a backup's id, which looks like jira-acme.20261123T021658Z", id)
}

// PolicyName returns the name of a policy's options, limits and table of backups.
func PolicyName(policyID string) string { return policyID + "/policy.json" }

// OwnerName returns the name of the object that says which installation controls a policy.
func OwnerName(policyID string) string { return policyID + "/owner.json" }

// BackupsDir returns the folder of all backups of a policy, with a slash at its end.
func BackupsDir(policyID string) string { return policyID + "/backups/" }

// BackupDir returns the folder of a backup, with a slash at its end.
func BackupDir(policyID, backupID string) string { return BackupsDir(policyID) + backupID + "/" }

// RunDir returns the folder of what a run needs while it is open, with a slash at its end.
func RunDir(policyID, backupID string) string { return policyID + "/runs/" + backupID + "/" }

// RunContainersName returns the name, below RunDir, of one page of the list of containers.
func RunContainersName(page int, tag string) string {
	return fmt.Sprintf("containers/%d.%s.json", page, element(tag))
}

// RunShardName returns the name, below RunDir, of a shard's list of ids.
func RunShardName(shard, tag string) string {
	return "shards/" + element(shard) + "." + element(tag) + ".json"
}

// RunResultName returns the name, below RunDir, of what one attempt of a shard achieved.
func RunResultName(shard string, attempt int) string {
	return fmt.Sprintf("results/%s.%d.json", element(shard), attempt)
}

// RunWinnersName returns the name, below RunDir, of a batch's list of the attempts that count.
func RunWinnersName(batch string) string { return "winners/" + element(batch) + ".json" }

// DownloadName returns the name of the n-th download of a backup.
func DownloadName(policyID, backupID string, n int) string {
	return fmt.Sprintf("%s/downloads/%s.%d.zip", policyID, backupID, n)
}

// DownloadPartName returns the name of a part of a download, which is deleted
// once the download is composed of its parts.
func DownloadPartName(policyID, backupID string, n, part int) string {
	return fmt.Sprintf("%s.parts/%d", DownloadName(policyID, backupID, n), part)
}

// RestoreDir returns the folder of a restore, with a slash at its end.
func RestoreDir(restoreID string) string { return "restores/" + element(restoreID) + "/" }

// ImportDir returns the folder of a file that is restored from, named by its
// SHA-256 in hex, with a slash at its end.
func ImportDir(sha256 string) string { return "imports/" + element(sha256) + "/" }

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
			if p, _, err := ParseBackupID(folder); err != nil || p != policyID {
				continue // not ours
			}
			if !yield(folder, nil) {
				return
			}
		}
	}
}

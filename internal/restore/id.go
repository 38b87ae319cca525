package restore

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"time"

	"holdfast/internal/backup"
)

// idTime is how an id tells when the restore was asked for.
const idTime = "20060102T150405Z"

// idMark is how many hex digits tell who made an id by NewIDFor.
const idMark = 8

// NewID makes the id of a restore of a backup that is asked for at a time.
func NewID(backupID string, at time.Time) string {
	return backupID + ".r" + at.UTC().Format(idTime)
}

// NewIDFor is NewID for one of many that may ask for a restore of the same backup in the
// same second: by names who does, and tells their ids apart.
func NewIDFor(backupID string, at time.Time, by string) string {
	sum := sha256.Sum256([]byte(by))
	return NewID(backupID, at) + "-" + hex.EncodeToString(sum[:])[:idMark]
}

// ParseID returns of which backup a restore is one, and when it was asked for, by the id
// that NewID or NewIDFor has made.
func ParseID(id string) (backupID string, at time.Time, err error) {
	i := strings.LastIndex(id, ".r")
	if i < 0 {
		return "", time.Time{}, fmt.Errorf("%q is not the id of a restore", id)
	}
	stamp, mark, marked := strings.Cut(id[i+len(".r"):], "-")
	at, err = time.Parse(idTime, stamp)
	wrong := err != nil || NewID(id[:i], at) != id[:i]+".r"+stamp
	if marked {
		_, notHex := hex.DecodeString(mark)
		wrong = wrong || notHex != nil || len(mark) != idMark || strings.ToLower(mark) != mark
	}
	if _, _, err := backup.ParseBackupID(id[:i]); err != nil || wrong {
		return "", time.Time{}, fmt.Errorf("%q is not the id of a restore", id)
	}
	return id[:i], at, nil
}

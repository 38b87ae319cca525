package scratch

import (
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// maxPlaces is how many workers share one root at the most.
const maxPlaces = 1024

// place is a folder <root>/<n>/ that this process alone uses, as long as it
// holds the lock.
type place struct {
	dir  string
	id   string // stays with the folder, whoever uses it
	lock *os.File
}

// takePlace takes the first folder of root that no other process uses. The lock
// is the kernel's and ends with the process, however that ends.
func takePlace(root string) (*place, error) {
	for n := range maxPlaces {
		dir := filepath.Join(root, strconv.Itoa(n))
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return nil, err
		}
		lock, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
		if err != nil {
			return nil, err
		}
		err = syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if errors.Is(err, syscall.EWOULDBLOCK) {
			lock.Close()
			continue
		}
		if err != nil {
			lock.Close()
			return nil, fmt.Errorf("lock %s: %w", dir, err)
		}
		id, err := placeID(dir)
		if err != nil {
			lock.Close()
			return nil, err
		}
		return &place{dir, id, lock}, nil
	}
	return nil, fmt.Errorf("all of %d folders are in use by other workers", maxPlaces)
}

// placeID reads the folder's id, and makes one where there is none.
func placeID(dir string) (string, error) {
	path := filepath.Join(dir, "id")
	b, err := os.ReadFile(path)
	if id := strings.TrimSpace(string(b)); err == nil && id != "" {
		return id, nil
	}
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return "", err
	}
	id := strings.ToLower(rand.Text()[:12])
	return id, replaceFile(path, []byte(id+"\n"))
}

// replaceFile writes a file so that a reader sees the old content or the new.
func replaceFile(path string, content []byte) error {
	temp := path + ".new"
	if err := os.WriteFile(temp, content, 0o600); err != nil {
		os.Remove(temp)
		return err
	}
	return os.Rename(temp, path)
}

// diskFree is how many bytes the disk under dir has left for this process.
func diskFree(dir string) (int64, error) {
	var s syscall.Statfs_t
	if err := syscall.Statfs(dir, &s); err != nil {
		return 0, fmt.Errorf("ask for the free space under %s: %w", dir, err)
	}
	return int64(s.Bavail) * int64(s.Bsize), nil
}

// bootID tells one start of this machine from the next; it is empty where the
// system does not tell.
func bootID() string {
	b, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(b))
}

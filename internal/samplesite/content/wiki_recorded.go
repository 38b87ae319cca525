package content

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
)

// RecordedBodies reads the bodies in storage format of confluence-storage-bodies.ndjson in
// a folder of recorded responses, in the order of the file: for WikiSpec.Bodies.
func RecordedBodies(dir string) ([]string, error) {
	path := filepath.Join(dir, "confluence-storage-bodies.ndjson")
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("reading recorded page bodies: %w; name a folder that has this file", err)
	}
	defer f.Close()
	var out []string
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 64<<20)
	for lines.Scan() {
		if len(lines.Bytes()) == 0 {
			continue
		}
		var one struct {
			Storage *string `json:"storage"`
		}
		if err := json.Unmarshal(lines.Bytes(), &one); err != nil {
			return nil, fmt.Errorf("reading recorded page bodies: line %d of %s: %w; record the file again", len(out)+1, path, err)
		}
		if one.Storage == nil {
			return nil, fmt.Errorf("reading recorded page bodies: line %d of %s has no member \"storage\"; record the file again", len(out)+1, path)
		}
		out = append(out, *one.Storage)
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("reading recorded page bodies: %s: %w; record the file again", path, err)
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("reading recorded page bodies: %s is empty; record it again", path)
	}
	return out, nil
}

// Package sharedtest finds the folder of Atlassian's OpenAPI documents and
// recorded responses that tests use and the project does not contain.
package sharedtest

import (
	"os"
	"path/filepath"
	"testing"
)

// Require is the environment variable that makes a missing folder a failure instead of a skip.
const Require = "HOLDFAST_REQUIRE_SHARED"

// Dir returns the path of the folder "shared" beside the project's root. Where
// it is absent the test is skipped, or fails if HOLDFAST_REQUIRE_SHARED is set.
func Dir(t testing.TB) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			break
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			t.Fatal("no go.mod above the test's folder")
		}
		dir = parent
	}
	shared := filepath.Join(filepath.Dir(dir), "shared")
	if _, err := os.Stat(shared); err != nil {
		if os.Getenv(Require) != "" {
			t.Fatalf("%s is required: %v", shared, err)
		}
		t.Skipf("no folder %s: the OpenAPI documents and recorded responses are kept beside the project", shared)
	}
	return shared
}

// Package buildinfo tells which holdfast this is.
package buildinfo

import (
	"runtime"
	"runtime/debug"
)

// Info is the origin of a binary, as the Go toolchain recorded it.
type Info struct {
	// Version is that of the module, such as "v0.1.0"; "devel" where it was
	// built from a working tree.
	Version string `json:"version"`
	// Revision is the commit, with "+changes" where the tree had others; empty where it is not known.
	Revision string `json:"revision,omitempty"`
	Go       string `json:"go"`
}

// Read returns the origin of the running binary.
func Read() Info {
	b, ok := debug.ReadBuildInfo()
	if !ok {
		return Info{Version: "devel", Go: runtime.Version()}
	}
	return read(b)
}

func read(b *debug.BuildInfo) Info {
	info := Info{Version: b.Main.Version, Go: b.GoVersion}
	if info.Version == "" || info.Version == "(devel)" {
		info.Version = "devel"
	}
	changed := false
	for _, s := range b.Settings {
		switch s.Key {
		case "vcs.revision":
			info.Revision = s.Value
		case "vcs.modified":
			changed = s.Value == "true"
		}
	}
	if info.Revision != "" && changed {
		info.Revision += "+changes"
	}
	return info
}

// Program is the name and version that is written into what holdfast makes: "holdfast v0.1.0".
func (i Info) Program() string {
	s := "holdfast " + i.Version
	if i.Version == "devel" && i.Revision != "" {
		s += " " + i.Revision
	}
	return s
}

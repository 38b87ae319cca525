package content

import (
	"io"
	"os"
	"slices"

	"holdfast/internal/samplesite/rawjson"
)

// Revised returns the comment with one version more, whose text is in storage format.
// Its first one is added so, too.
func (c Comment) Revised(version WikiVersion, storage string) Comment {
	c.Versions = slices.Insert(slices.Clone(c.Versions), 0, version)
	c.texts = append(slices.Clip(c.texts), storage)
	return c
}

// WrittenFile is a version of a file whose bytes lie on the disk at path.
func WrittenFile(version WikiVersion, path string, size int64, mediaType string, members []rawjson.Member) FileVersion {
	return FileVersion{WikiVersion: version, Size: size, MediaType: mediaType, Members: members, path: path}
}

// openWritten opens what lies on the disk; what is not there any more reads as empty.
func openWritten(path string) io.ReadSeeker {
	f, err := os.Open(path)
	if err != nil {
		return newFileReader(0, noise, 0)
	}
	return f
}

// WikiPerson is an account of Confluence; its kind is "atlassian" or "app".
func WikiPerson(id, name string, active bool, kind string) Person {
	p := Person{AccountID: id, Name: name, Active: active}
	p.Body = personBody(p)
	if members, err := rawjson.Split(p.Body); err == nil && kind != "" {
		for i := range members {
			if members[i].Name == "accountType" {
				members[i].Value = rawjson.String(kind)
			}
		}
		p.Body = rawjson.Members(members)
	}
	return p
}

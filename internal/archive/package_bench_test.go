package archive

import (
	"bytes"
	"fmt"
	"io"
	"testing"

	"github.com/stretchr/testify/require"

	"holdfast/internal/store"
)

// BenchmarkPackage holds the making of a package, from a directory into it, against the
// plain copying of as many bytes into one object.
func BenchmarkPackage(b *testing.B) {
	for _, c := range []struct {
		name string
		size int
		n    int
	}{{"32 of 4 MiB", 4 << 20, 32}, {"1,000 of 64 KiB", 64 << 10, 1000}} {
		made := newBuilder(b)
		content := string(bytes.Repeat([]byte("0123456789abcdef"), c.size/16))
		var rows []IndexRow
		for i := range c.n {
			rows = append(rows, made.attachment(fmt.Sprint(i), "x.bin", content))
		}
		made.index(IndexName("0-1", 1), rows...)
		made.seal()
		put := func(b *testing.B, r io.Reader) {
			o, err := made.s.Put(b.Context(), "copies/x", r, store.IfAbsent())
			require.NoError(b, err)
			require.NoError(b, made.s.Delete(b.Context(), o.Name, o.Generation))
		}
		b.Run("package "+c.name, func(b *testing.B) {
			for b.Loop() {
				p := made.plan()
				b.SetBytes(p.Size())
				s := p.Open(b.Context(), PackagePoint{}, p.Size())
				put(b, s)
				require.NoError(b, s.Close())
			}
		})
		b.Run("copy "+c.name, func(b *testing.B) {
			b.SetBytes(int64(c.size * c.n))
			for b.Loop() {
				put(b, &everyObject{b: b, made: made, rows: rows})
			}
		})
	}
}

// everyObject reads the attachments one after the other.
type everyObject struct {
	b    *testing.B
	made *builder
	rows []IndexRow
	body io.ReadCloser
}

func (e *everyObject) Read(p []byte) (int, error) {
	for {
		if e.body == nil {
			if len(e.rows) == 0 {
				return 0, io.EOF
			}
			var err error
			if e.body, err = e.made.s.Get(e.b.Context(), BackupDir(testPolicy, testBackup)+e.rows[0].Object, 0, -1); err != nil {
				return 0, err
			}
			e.rows = e.rows[1:]
		}
		if n, err := e.body.Read(p); err != io.EOF {
			return n, err
		}
		if err := e.body.Close(); err != nil {
			return 0, err
		}
		e.body = nil
	}
}

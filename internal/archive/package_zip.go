package archive

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math"
	"time"
)

// The records of a zip file (PKWARE's APPNOTE.TXT 6.3, sections 4.3 and 4.5), of
// those that hold their entries as they are. Numbers are little-endian. A size, an
// offset or a count that does not fit is all ones there and stands in a record of
// 64 bits instead (zip64), which others don't have.
const (
	sigLocal     = 0x04034b50
	sigCentral   = 0x02014b50
	sigEnd64     = 0x06064b50
	sigLocator64 = 0x07064b50
	sigEnd       = 0x06054b50

	localSize     = 30
	centralSize   = 46
	end64Size     = 56
	locator64Size = 20
	endSize       = 22

	extraZip64   = 0x0001
	versionPlain = 20
	version64    = 45
	madeByUnix   = 3 << 8
	flagUTF8     = 1 << 11
	plainFile    = 0o100644 << 16 // a regular file that its owner may write
)

// zipTime is a moment as zip has it: in steps of two seconds, without a zone.
type zipTime struct{ date, time uint16 }

// newZipTime returns t in UTC; a moment that zip can't hold is the nearest that it can.
func newZipTime(t time.Time) zipTime {
	t = t.UTC()
	switch y := t.Year(); {
	case y < 1980:
		t = time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC)
	case y > 2107:
		t = time.Date(2107, 12, 31, 23, 59, 58, 0, time.UTC)
	}
	return zipTime{
		date: uint16((t.Year()-1980)<<9 | int(t.Month())<<5 | t.Day()),
		time: uint16(t.Hour()<<11 | t.Minute()<<5 | t.Second()/2),
	}
}

// over reports whether a zip needs 64 bits for n.
func over(n int64) bool { return n >= math.MaxUint32 }

// low is n in 32 bits, or all ones where it does not fit.
func low(n int64) uint32 { return uint32(min(n, math.MaxUint32)) }

// zip64Extra returns the field of those of the numbers that do not fit.
func zip64Extra(numbers ...int64) []byte {
	b := []byte{extraZip64, 0, 0, 0}
	for _, n := range numbers {
		if over(n) {
			b = binary.LittleEndian.AppendUint64(b, uint64(n))
		}
	}
	if len(b) == 4 {
		return nil
	}
	binary.LittleEndian.PutUint16(b[2:], uint16(len(b)-4))
	return b
}

func versionNeeded(extra []byte) uint16 {
	if extra != nil {
		return version64
	}
	return versionPlain
}

// appendLocal appends what stands before the content of an entry.
func (e packed) appendLocal(b []byte, t zipTime) []byte {
	extra := zip64Extra(e.size, e.size)
	b = binary.LittleEndian.AppendUint32(b, sigLocal)
	b = binary.LittleEndian.AppendUint16(b, versionNeeded(extra))
	b = e.appendFields(b, t, extra)
	return append(append(b, e.name...), extra...)
}

// appendFields appends what both records of an entry have, from the flags to the
// length of the extra field.
func (e packed) appendFields(b []byte, t zipTime, extra []byte) []byte {
	b = binary.LittleEndian.AppendUint16(b, flagUTF8)
	b = binary.LittleEndian.AppendUint16(b, 0) // stored
	b = binary.LittleEndian.AppendUint16(b, t.time)
	b = binary.LittleEndian.AppendUint16(b, t.date)
	b = binary.LittleEndian.AppendUint32(b, e.crc32)
	b = binary.LittleEndian.AppendUint32(b, low(e.size)) // compressed
	b = binary.LittleEndian.AppendUint32(b, low(e.size))
	b = binary.LittleEndian.AppendUint16(b, uint16(len(e.name)))
	return binary.LittleEndian.AppendUint16(b, uint16(len(extra)))
}

// appendCentral appends an entry of the directory at the end; offset is where the
// entry begins.
func (e packed) appendCentral(b []byte, t zipTime, offset int64) []byte {
	extra := zip64Extra(e.size, e.size, offset)
	b = binary.LittleEndian.AppendUint32(b, sigCentral)
	b = binary.LittleEndian.AppendUint16(b, madeByUnix|versionNeeded(extra))
	b = binary.LittleEndian.AppendUint16(b, versionNeeded(extra))
	b = e.appendFields(b, t, extra)
	b = binary.LittleEndian.AppendUint16(b, 0) // comment
	b = binary.LittleEndian.AppendUint16(b, 0) // disk
	b = binary.LittleEndian.AppendUint16(b, 0) // internal attributes: binary
	b = binary.LittleEndian.AppendUint32(b, plainFile)
	b = binary.LittleEndian.AppendUint32(b, low(offset))
	return append(append(b, e.name...), extra...)
}

// zipEnd is what stands behind the directory.
type zipEnd struct {
	entries       int64
	offset, bytes int64 // of the directory
}

func (e zipEnd) needs64() bool {
	return e.entries >= math.MaxUint16 || over(e.offset) || over(e.bytes)
}

func (e zipEnd) append(b []byte) []byte {
	if e.needs64() {
		b = binary.LittleEndian.AppendUint32(b, sigEnd64)
		b = binary.LittleEndian.AppendUint64(b, end64Size-12) // what follows
		b = binary.LittleEndian.AppendUint16(b, madeByUnix|version64)
		b = binary.LittleEndian.AppendUint16(b, version64)
		b = binary.LittleEndian.AppendUint32(b, 0) // this disk
		b = binary.LittleEndian.AppendUint32(b, 0) // the directory's disk
		b = binary.LittleEndian.AppendUint64(b, uint64(e.entries))
		b = binary.LittleEndian.AppendUint64(b, uint64(e.entries))
		b = binary.LittleEndian.AppendUint64(b, uint64(e.bytes))
		b = binary.LittleEndian.AppendUint64(b, uint64(e.offset))

		b = binary.LittleEndian.AppendUint32(b, sigLocator64)
		b = binary.LittleEndian.AppendUint32(b, 0) // disk
		b = binary.LittleEndian.AppendUint64(b, uint64(e.offset+e.bytes))
		b = binary.LittleEndian.AppendUint32(b, 1) // disks
	}
	count := uint16(min(e.entries, math.MaxUint16))
	b = binary.LittleEndian.AppendUint32(b, sigEnd)
	b = binary.LittleEndian.AppendUint16(b, 0) // this disk
	b = binary.LittleEndian.AppendUint16(b, 0) // the directory's disk
	b = binary.LittleEndian.AppendUint16(b, count)
	b = binary.LittleEndian.AppendUint16(b, count)
	b = binary.LittleEndian.AppendUint32(b, low(e.bytes))
	b = binary.LittleEndian.AppendUint32(b, low(e.offset))
	return binary.LittleEndian.AppendUint16(b, 0) // comment
}

// parseCRC32 reads what FormatCRC32 wrote.
func parseCRC32(s string) (uint32, error) {
	b, err := hex.DecodeString(s)
	if err != nil || len(b) != 4 {
		return 0, fmt.Errorf("%.20q is not a CRC-32 in 8 hex digits", s)
	}
	return binary.BigEndian.Uint32(b), nil
}

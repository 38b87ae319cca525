package main

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// span is a flag that is a duration: as Go writes them (90m, 36h), and in days and
// weeks too (14d, 2w, 1d12h).
type span time.Duration

var dayPart = regexp.MustCompile(`^(\d+)([dw])`)

// parseSpan reads a duration that is not negative.
func parseSpan(text string) (time.Duration, error) {
	wrong := fmt.Errorf("%q is no duration: give one such as 14d, 36h or 90m", text)
	rest, total := text, time.Duration(0)
	for m := dayPart.FindStringSubmatch(rest); m != nil; m = dayPart.FindStringSubmatch(rest) {
		n, err := strconv.ParseInt(m[1], 10, 64)
		unit := 24 * time.Hour
		if m[2] == "w" {
			unit *= 7
		}
		if err != nil || n > int64((math.MaxInt64-total)/unit) {
			return 0, wrong
		}
		total += time.Duration(n) * unit
		rest = rest[len(m[0]):]
	}
	if rest == "" && text != "" {
		return total, nil
	}
	d, err := time.ParseDuration(rest)
	if err != nil || d < 0 || d > math.MaxInt64-total {
		return 0, wrong
	}
	return total + d, nil
}

func (s *span) Set(text string) error {
	d, err := parseSpan(text)
	if err == nil {
		*s = span(d)
	}
	return err
}

func (s *span) Type() string { return "duration" }

// String is the duration as it may be typed.
func (s *span) String() string { return spanText(time.Duration(*s)) }

// spanText is a duration as a user would type it: 14d, 36h, 1h30m.
func spanText(d time.Duration) string {
	const day = 24 * time.Hour
	if d >= day && d%day == 0 {
		return fmt.Sprintf("%dd", d/day)
	}
	text := d.String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}

// byteSize is a flag that is a number of bytes: 50GB, 10GiB, 1000000.
type byteSize int64

// byteUnits are the endings of a size, the longer ones first.
var byteUnits = []struct {
	ending string
	bytes  float64
}{
	{"KiB", 1 << 10}, {"MiB", 1 << 20}, {"GiB", 1 << 30}, {"TiB", 1 << 40},
	{"kB", 1e3}, {"KB", 1e3}, {"MB", 1e6}, {"GB", 1e9}, {"TB", 1e12}, {"B", 1},
}

func (b *byteSize) Set(text string) error {
	number, unit := strings.TrimSpace(text), 1.0
	for _, u := range byteUnits {
		if n, ok := strings.CutSuffix(number, u.ending); ok {
			number, unit = strings.TrimSpace(n), u.bytes
			break
		}
	}
	n, err := strconv.ParseFloat(number, 64)
	if err != nil || math.IsNaN(n) || n < 0 || n*unit >= math.MaxInt64 {
		return fmt.Errorf("%q is no size: give one such as 50GB, 10GiB or a number of bytes", text)
	}
	*b = byteSize(n * unit)
	return nil
}

func (b *byteSize) Type() string { return "size" }

func (b *byteSize) String() string { return decimalSize(int64(*b)) }

// decimalSize is a number of bytes as a user would type it, with nothing lost:
// 50GB, 1536B.
func decimalSize(n int64) string {
	for _, u := range []struct {
		ending string
		bytes  int64
	}{{"TB", 1e12}, {"GB", 1e9}, {"MB", 1e6}} {
		if n >= u.bytes && n%u.bytes == 0 {
			return fmt.Sprintf("%d%s", n/u.bytes, u.ending)
		}
	}
	return fmt.Sprintf("%dB", n)
}

package confluence

import (
	"cmp"
	"context"
	"regexp"
	"slices"
	"strconv"

	"holdfast/internal/archive"
)

// givenTitle is the message of the version of a homepage by which it got its title.
const givenTitle = "Given its title by holdfast"

// versionNumber finds in the message of a version of the destination which one it is of.
var versionNumber = regexp.MustCompile(`^` + messageBegin + `(\d+),`)

// history compares the versions of a page, a blog post, or a comment: as many of the newest as were to be
// restored. Each has the number in its message that it had; the first one of a comment has no message,
// since the API takes one with a change alone, nor have versions that the restore itself needed.
func (c *comparing) history(ctx context.Context, kind string, of archive.Record, want, got []archive.Record) error {
	current, newest := number(of.Body, "version", "number"), max(1, c.job.Plan.Spec.Options.Versions)
	if text(of.Body, "status") == "draft" {
		newest = 0
	}
	want = slices.DeleteFunc(slices.Clone(want), func(w archive.Record) bool { return number(w.Body, "number") <= current-newest })
	byNumber := func(a, b archive.Record) int { return cmp.Compare(number(a.Body, "number"), number(b.Body, "number")) }
	slices.SortFunc(want, byNumber)
	got = slices.Clone(got)
	slices.SortFunc(got, byNumber)
	marked := map[int][]archive.Record{}
	var bare []archive.Record
	for _, g := range got {
		if m := versionNumber.FindStringSubmatch(text(g.Body, "message")); m != nil {
			n, _ := strconv.Atoi(m[1])
			marked[n] = append(marked[n], g)
			continue
		}
		bare = append(bare, g)
	}
	if len(got) == 0 && len(want) == 1 && number(want[0].Body, "number") == current {
		return nil // a history of one is the item itself, and no backup reads it
	}
	extra := map[int]int{current: c.changes(of)}
	if !slices.ContainsFunc(want, func(w archive.Record) bool { return number(w.Body, "number") == current }) {
		extra[current]++ // it is compared as the item itself
	}
	for i, w := range want {
		n := number(w.Body, "number")
		var g archive.Record
		switch {
		case len(marked[n]) > 0:
			g, marked[n] = marked[n][0], marked[n][1:]
		case i == 0 && kind == remarkVersion && len(bare) > 0:
			g = bare[0]
		default:
			c.missing(w)
			continue
		}
		if err := c.compare(ctx, w, g); err != nil {
			return err
		}
	}
	for n, left := range marked {
		for _, g := range left[min(len(left), extra[n]):] {
			c.job.Diff.TooMany(kind, g.Parent+" "+g.ID)
		}
	}
	for _, g := range bare {
		if number(g.Body, "number") > 1 && text(g.Body, "message") != givenTitle {
			c.job.Diff.TooMany(kind, g.Parent+" "+g.ID)
		}
	}
	return nil
}

// changes is how many versions a restore makes of a comment to bring it to the state that it was in.
func (c *comparing) changes(of archive.Record) int {
	if of.Kind != inlineKind {
		return 0
	}
	return map[string]int{"resolved": 1, "reopened": 2}[text(of.Body, "resolutionStatus")]
}

// notHistory passes over the versions of something that is not there: the report says it of that.
func (c *comparing) notHistory(of archive.Record, want []archive.Record) {
	newest := max(1, c.job.Plan.Spec.Options.Versions)
	for _, w := range want {
		if number(w.Body, "number") <= number(of.Body, "version", "number")-newest {
			continue
		}
		c.missingWith(of, w)
	}
}

// of are the records that belong to one.
func of(parent string, all []archive.Record) []archive.Record {
	var some []archive.Record
	for _, r := range all {
		if r.Parent == parent {
			some = append(some, r)
		}
	}
	return some
}

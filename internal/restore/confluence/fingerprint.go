package confluence

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"

	"holdfast/internal/restore"
)

// Fingerprint implements restore.Target: the spaces whose keys are to be taken, the users that
// others are mapped to, groups, and roles of spaces. Spaces that an earlier try of this restore made do not count.
func (t *Target) Fingerprint(ctx context.Context, j *restore.Job) (map[string]string, error) {
	var spaces []string
	for _, c := range j.Plan.Containers {
		if strings.HasPrefix(c.As, "~") {
			continue // it is not restored, whatever the destination has
		}
		there, err := t.findSpace(ctx, c.As)
		if err != nil {
			return nil, err
		}
		is := "none"
		if there != nil {
			is = text(there, "id") + " " + text(there, "status")
			o, err := t.readOrigin(ctx, spaceKind, text(there, "id"))
			if err != nil && !isRefusal(err) {
				return nil, err
			}
			if o.Restore == j.Plan.Spec.ID {
				is = "none"
			}
		}
		spaces = append(spaces, c.As+" "+is)
	}
	people := map[string]bool{}
	for row := range j.Mapping.All(userKind) {
		if row.To != "" {
			people[row.To] = true
		}
	}
	there, err := t.accounts(ctx, slices.Sorted(maps.Keys(people)))
	if err != nil {
		return nil, err
	}
	groups, err := t.groups(ctx)
	if err != nil {
		return nil, err
	}
	roles, err := t.roles(ctx)
	if err != nil {
		return nil, err
	}
	return map[string]string{
		"spaces": digest(spaces), "users": digest(slices.Sorted(maps.Keys(there))), "groups": digest(lines(groups)), "roles": digest(lines(roles)),
	}, nil
}

func lines(all []named) []string {
	out := make([]string, 0, len(all))
	for _, n := range all {
		out = append(out, fmt.Sprintf("%s %q", n.id, n.name))
	}
	slices.Sort(out)
	return out
}

// digest is the fingerprint of a list.
func digest(all []string) string {
	sum := sha256.Sum256([]byte(strings.Join(all, "\n")))
	return hex.EncodeToString(sum[:8])
}

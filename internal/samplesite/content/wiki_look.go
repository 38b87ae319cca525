package content

import (
	"fmt"

	"holdfast/internal/samplesite/rawjson"
)

// lookAndFeel is the colors of the site (space "") or of a space.
func (b *wikiBuilder) lookAndFeel(n int, space string) raw {
	selected := "global"
	if n%2 == 0 {
		selected = "custom"
	}
	return rawjson.Object("selected", selected, "global", colors(b.rng("look", 0), ""), "custom", colors(b.rng("look", n+1), space))
}

func colors(r *rng, space string) raw {
	color := func() string { return fmt.Sprintf("#%06x", r.below(1<<24)) }
	both := func() raw { return rawjson.Object("backgroundColor", color(), "color", color()) }
	navigation := func() raw {
		return rawjson.Object("color", color(), "highlightColor", color(), "hoverOrFocus", both())
	}
	box := func() raw {
		return rawjson.Object("background", color(), "backgroundAttachment", nil, "backgroundColor", color(), "backgroundImage", "url('/a.png?x=1&y=<2>')", "backgroundSize", nil,
			"padding", "0px", "borderRadius", "3px")
	}
	pairs := []any{"headings", rawjson.Object("color", color()), "links", rawjson.Object("color", color()),
		"menus", rawjson.Object("hoverOrFocus", rawjson.Object("backgroundColor", color()), "color", color()),
		"header", rawjson.Object("backgroundColor", color(), "button", both(), "primaryNavigation", navigation(), "secondaryNavigation", navigation(), "search", both()),
		"horizontalHeader", rawjson.Object("backgroundColor", color(), "button", both(), "primaryNavigation", navigation(), "secondaryNavigation", navigation(), "search", both()),
		"content", rawjson.Object("screen", rawjson.Object("background", color(), "backgroundColor", nil, "layer", rawjson.Object("width", "100%", "height", "auto"), "gutterTop", "0px"),
			"container", box(), "header", box(), "body", box()),
		"bordersAndDividers", rawjson.Object("color", color())}
	if space != "" {
		pairs = append(pairs, "spaceReference", rawjson.Object("key", space))
	}
	return rawjson.Object(pairs...)
}

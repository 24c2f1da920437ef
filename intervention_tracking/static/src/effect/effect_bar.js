import { Component } from "@odoo/owl";

/**
 * The range of a figure as a bar on a line with 0 in the middle; see `get_figures_in_words`
 * of `intervention.effect`. What it shows stands beside it in words.
 */
export class EffectBar extends Component {
    static template = "intervention_tracking.EffectBar";
    // Where the range and the average are, in percent of the line.
    static props = { bar: Object };

    get place() {
        const { low, high } = this.props.bar;
        return `inset-inline-start: ${low}%; width: ${Math.max(high - low, 0.5)}%`;
    }
}

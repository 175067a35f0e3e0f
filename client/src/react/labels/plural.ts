/** Forms of a sentence by the plural rule of its language; `#` stands for the number. */
type Forms = { readonly other: string } & { readonly [rule in Intl.LDMLPluralRule]?: string };

/** The sentence for so many, in the form and with the figures of the language. */
export function plural(language: string, count: number, forms: Forms): string {
  const form = forms[new Intl.PluralRules(language).select(count)] ?? forms.other;
  return form.replaceAll('#', new Intl.NumberFormat(language).format(count));
}

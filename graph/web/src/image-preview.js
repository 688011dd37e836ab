/**
 * Stands in for GraphiQL's preview of image addresses in a response: it would fetch posters from other hosts, which
 * this page never contacts.
 */
export const ImagePreview = Object.assign(() => null, { shouldRender: () => false });

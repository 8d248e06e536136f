import type { CallToolResult, ContentBlock } from '@modelcontextprotocol/client';

/**
 * What a call came to, as text for the model.
 * @throws Error with that text, when the tool says that it failed
 */
export function textOfResult({ content, structuredContent, isError }: CallToolResult): string {
  const text = content.map(textOfBlock).join('\n');
  const shown = text === '' && structuredContent !== undefined ? JSON.stringify(structuredContent) : text;
  if (isError) throw new Error(shown || 'The tool failed, and did not say why');
  return shown || '[no output]';
}

function textOfBlock(block: ContentBlock): string {
  switch (block.type) {
    case 'text':
      return block.text;
    case 'image':
    case 'audio':
      return `[${block.type}, ${block.mimeType}, ${Buffer.byteLength(block.data, 'base64')} bytes; not shown]`;
    case 'resource_link':
      return `[resource ${block.name}: ${block.uri}]`;
    case 'resource':
      return 'text' in block.resource ? block.resource.text : `[resource ${block.resource.uri}; not shown]`;
  }
}

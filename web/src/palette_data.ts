// Written by tools/palette.mjs.
export const CATEGORY_COLOURS: readonly string[] = [
  "#0072b2", "#e69f00", "#009e73", "#d55e00", "#cc79a7", "#56b4e9", "#c7b000", "#830f3b",
  "#2513cb", "#44e6b5", "#8f78fd", "#4c397c", "#8e4b16", "#6140f4", "#855179", "#92b890",
  "#a7cbf4", "#afd866", "#c325aa", "#f75d5c", "#6f90d5", "#b14e4b", "#264e5b", "#8616a2",
  "#4ac9c5", "#6069da", "#548183", "#852a10", "#fbbc03", "#f8956f", "#364ad3", "#6c924a",
  "#f48afd", "#1e774a", "#17a3b7", "#873b8e", "#4a7ecb", "#aa5914", "#d0ca95", "#8a2462",
  "#fb397c", "#b8629a", "#915afe", "#dc8918", "#a58af2", "#7cdad6", "#70b1c1", "#734e4f",
];

// The same bytes wherever the sources lie: module ids would be hashes of paths.
module.exports = {
  optimization: { moduleIds: 'natural', chunkIds: 'natural' },
  output: { filename: '[name].js?v=[contenthash]', chunkFilename: 'flamebook.js?v=[contenthash]' }
};
